#include "testing/tls_identity.hpp"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <memory>

#include "base/check.hpp"

namespace bursar::testing {
namespace {

template <class Write>
void write_file(const std::string& name, Write write) {
  std::FILE* out = std::fopen(name.c_str(), "we");
  CHECK(out != nullptr);
  CHECK(write(out) == 1);
  std::fclose(out);
}

}  // namespace

TestIdentity::TestIdentity(const CertificateTerms& terms) : folder_("tls") {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), X509_free);
  X509* const made = certificate.get();
  X509_set_version(made, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(made), 1);
  X509_gmtime_adj(X509_getm_notBefore(made), terms.begins);
  X509_gmtime_adj(X509_getm_notAfter(made), terms.ends);
  X509_set_pubkey(made, key.get());
  X509_NAME* subject = X509_get_subject_name(made);
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(terms.common_name.c_str()), -1, -1, 0);
  X509_set_issuer_name(made, subject);
  X509_EXTENSION* alternative =
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, terms.names.c_str());
  X509_add_ext(made, alternative, -1);
  X509_EXTENSION_free(alternative);
  CHECK(X509_sign(made, key.get(), EVP_sha256()) > 0);
  write_file(certificate_file(), [&](std::FILE* out) { return PEM_write_X509(out, made); });
  write_file(key_file(), [&](std::FILE* out) {
    return PEM_write_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
  unsigned char passphrase[] = "secret";
  write_file(locked_key_file(), [&](std::FILE* out) {
    return PEM_write_PrivateKey(out, key.get(), EVP_aes_256_cbc(), passphrase, sizeof passphrase - 1, nullptr,
                                nullptr);
  });
}

}  // namespace bursar::testing

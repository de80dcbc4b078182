// Strings of structured fields and the Idempotency-Key that is read from them: what the grammar of RFC 8941
// §3.3.3 allows is taken, nothing else, and both forms of a key are one key.
#include "domain/structured_string.hpp"

#include "base/limits.hpp"
#include "domain/idempotency.hpp"
#include "fuzz/fuzz.hpp"

using namespace bursar;

namespace {

bool is_visible_or_blank(char c) { return c >= 0x20 && c <= 0x7E; }

// The grammar from its end to its start, so that it shares nothing with the reader.
bool is_in_grammar(std::string_view text) {
  while (text.ends_with(' ')) text.remove_suffix(1);
  while (text.starts_with(' ')) text.remove_prefix(1);
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') return false;
  text = text.substr(1, text.size() - 2);
  while (!text.empty()) {
    const std::size_t end = text.find_last_not_of('\\') + 1;
    const std::size_t backslashes = text.size() - end;
    if (backslashes % 2 == 1) return false;  // one of them escapes nothing
    text.remove_suffix(backslashes);
    if (text.empty()) return true;
    const char c = text.back();
    text.remove_suffix(1);
    if (!is_visible_or_blank(c)) return false;
    if (c != '"') continue;
    if (!text.ends_with('\\')) return false;
    text.remove_suffix(1);
  }
  return true;
}

std::string quoted(std::string_view text) {
  std::string all = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') all += '\\';
    all += c;
  }
  return all + '"';
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  const auto decoded = parse_structured_string(text);
  fuzz::require(decoded.has_value() == is_in_grammar(text), "the grammar says otherwise", text);
  if (decoded)
    fuzz::require(parse_structured_string(quoted(*decoded)) == decoded, "written anew it reads otherwise",
                  *decoded);
  const auto key = parse_idempotency_key(text);
  if (!key) return 0;
  fuzz::require(!key->empty() && key->size() <= limits::idempotency_key_characters, "a key of odd length",
                *key);
  for (const char c : *key) fuzz::require(c > 0x20 && c < 0x7F, "a key with an invisible character", *key);
  const auto again = parse_idempotency_key(quoted(*key));
  fuzz::require(again && *again == *key, "the quoted form is another key", *key, quoted(*key));
  return 0;
}

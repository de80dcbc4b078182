#include "notify/smtp_wire.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <charconv>

#include "base/error.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"

namespace bursar::notify {
namespace {

UsageError unusable(std::string_view why) {
  return UsageError(fmt::format(
      "the SMTP address cannot be used: {}; write smtp://host:port or smtps://user:password@host:port", why));
}

bool is_this_machine(const std::string& host) {
  if (host == "localhost") return true;
  boost::system::error_code error;
  const auto address = asio::ip::make_address(host, error);
  return !error && address.is_loopback();
}

bool has_controls(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

SmtpServer::Tls transport_of(const boost::urls::url_view& url, const std::string& host) {
  if (url.scheme() == "smtps") {
    if (url.has_query()) throw unusable("smtps:// takes no options");
    return SmtpServer::Tls::implicit;
  }
  if (url.scheme() != "smtp") throw unusable("only smtp:// and smtps:// are known");
  const std::string query(url.encoded_query());
  if (query == "starttls=required") return SmtpServer::Tls::starttls;
  if (query == "starttls=never") return SmtpServer::Tls::none;
  if (!query.empty()) throw unusable("its only option is starttls=required or starttls=never");
  return is_this_machine(host) ? SmtpServer::Tls::none : SmtpServer::Tls::starttls;
}

std::string_view usual_port(SmtpServer::Tls tls) {
  switch (tls) {
    case SmtpServer::Tls::none:
      return "25";
    case SmtpServer::Tls::starttls:
      return "587";
    case SmtpServer::Tls::implicit:
      return "465";
  }
  return "25";
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool equal_word(std::string_view a, std::string_view b) {
  auto upper = [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return upper(x) == upper(y); });
}

std::string_view next_word(std::string_view& text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  const std::string_view word = text.substr(0, text.find(' '));
  text.remove_prefix(word.size());
  return word;
}

}  // namespace

SmtpServer parse_smtp_url(std::string_view text) {
  const auto parsed = boost::urls::parse_uri(text);
  if (!parsed) throw unusable("it is not a URL");
  const boost::urls::url_view& url = *parsed;
  SmtpServer server;
  server.host = url.host_address();
  if (server.host.empty() || has_controls(server.host)) throw unusable("it names no host");
  if (url.has_fragment() || (!url.encoded_path().empty() && url.encoded_path() != "/"))
    throw unusable("it must end behind the host and port");
  server.tls = transport_of(url, server.host);
  const std::string_view port = url.has_port() ? std::string_view(url.port()) : usual_port(server.tls);
  std::uint16_t number = 0;
  const auto read = std::from_chars(port.data(), port.data() + port.size(), number);
  if (read.ec != std::errc() || read.ptr != port.data() + port.size() || number == 0)
    throw unusable("its port is not in 1…65535");
  server.port = std::to_string(number);
  if (!url.has_userinfo()) return server;
  server.user = url.user();
  server.password = url.password();
  if (server.user.empty() || server.password.empty()) throw unusable("it has a user or a password alone");
  if (has_controls(server.user) || has_controls(server.password))
    throw unusable("its user or password has control characters");
  if (server.tls == SmtpServer::Tls::none && !is_this_machine(server.host))
    throw unusable("it would send a password in plain text; leave starttls=never out or use smtps://");
  return server;
}

std::string SmtpReply::summary() const {
  return safe_text(fmt::format("{} {}", code, text), limits::peer_text_characters);
}

SmtpReplyReader::State SmtpReplyReader::read(std::string_view bytes, std::size_t& used) {
  used = 0;
  for (std::size_t end = bytes.find('\n'); end != std::string_view::npos; end = bytes.find('\n', used)) {
    std::string_view line = bytes.substr(used, end - used);
    used = end + 1;
    octets_ += line.size() + 1;
    if (octets_ > limits::smtp_reply_bytes) return State::malformed;
    if (line.ends_with('\r')) line.remove_suffix(1);
    const State state = read_line(line);
    if (state != State::incomplete) return state;
  }
  return octets_ + bytes.size() - used >= limits::smtp_reply_bytes ? State::malformed : State::incomplete;
}

SmtpReplyReader::State SmtpReplyReader::read_line(std::string_view line) {
  if (line.size() < 3 || line[0] < '2' || line[0] > '5' || !is_digit(line[1]) || !is_digit(line[2]))
    return State::malformed;
  const int code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
  if (reply_.code != 0 && reply_.code != code) return State::malformed;
  const bool last = line.size() == 3 || line[3] == ' ';
  if (!last && line[3] != '-') return State::malformed;
  if (reply_.code != 0) reply_.text += '\n';
  reply_.code = code;
  if (line.size() > 4) reply_.text += line.substr(4);
  return last ? State::complete : State::incomplete;
}

SmtpReply SmtpReplyReader::take() {
  octets_ = 0;
  return std::exchange(reply_, SmtpReply());
}

SmtpOffers parse_offers(std::string_view lines) {
  SmtpOffers offers;
  // The first line greets.
  for (std::size_t end = lines.find('\n'); end != std::string_view::npos;) {
    const std::size_t begin = end + 1;
    end = lines.find('\n', begin);
    std::string_view line = lines.substr(begin, end == std::string_view::npos ? end : end - begin);
    const std::string_view word = next_word(line);
    offers.pipelining |= equal_word(word, "PIPELINING");
    offers.starttls |= equal_word(word, "STARTTLS");
    offers.smtputf8 |= equal_word(word, "SMTPUTF8");
    if (!equal_word(word, "AUTH")) continue;
    for (std::string_view way = next_word(line); !way.empty(); way = next_word(line)) {
      offers.auth_plain |= equal_word(way, "PLAIN");
      offers.auth_login |= equal_word(way, "LOGIN");
    }
  }
  return offers;
}

std::string_view to_text(SmtpStep step) {
  switch (step) {
    case SmtpStep::reset:
      return "RSET";
    case SmtpStep::mail:
      return "MAIL FROM";
    case SmtpStep::rcpt:
      return "RCPT TO";
    case SmtpStep::data:
      return "DATA";
    case SmtpStep::content:
      return "the message";
  }
  return "";
}

bool says_unavailable(const SmtpReply& reply) { return reply.code == 421 || reply.code / 10 == 53; }

std::optional<Verdict> verdict_of(SmtpStep step, const SmtpReply& reply) {
  const bool asks_for_more = step == SmtpStep::data;
  if (reply.kind() == (asks_for_more ? 3 : 2)) return std::nullopt;
  if (reply.kind() == 5) {
    const bool passing = says_unavailable(reply) || (step == SmtpStep::rcpt && reply.code == 552);
    return passing || step == SmtpStep::reset ? Verdict::retry : Verdict::dead;
  }
  if (reply.kind() == 4) return Verdict::retry;
  return step == SmtpStep::content ? Verdict::ambiguous : Verdict::retry;
}

}  // namespace bursar::notify

#include "devtools/gateway_sim_state.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>

#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"

namespace bursar::devtools {
namespace {

using boost::json::object;

constexpr std::string_view intent_prefix = "pi_sim_";

std::string text_at(const object& line, std::string_view key) {
  const auto* found = line.if_contains(key);
  return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
}

std::int64_t number_at(const object& line, std::string_view key) {
  const auto* found = line.if_contains(key);
  return found != nullptr && found->is_int64() ? found->get_int64() : 0;
}

Instant instant_at(const object& line) { return from_rfc3339(text_at(line, "at")).value_or(Instant()); }

// The number behind "pi_sim_"; 0 when it is none of ours.
std::uint64_t number_of(std::string_view id) {
  std::uint64_t number = 0;
  if (!id.starts_with(intent_prefix)) return 0;
  id.remove_prefix(intent_prefix.size());
  const auto read = std::from_chars(id.data(), id.data() + id.size(), number, 16);
  return read.ec == std::errc() && read.ptr == id.data() + id.size() ? number : 0;
}

std::string_view known_code(std::string_view code) {
  for (const Fault& fault : all_faults())
    if (fault.code == code) return fault.code;
  return "generic_decline";
}

std::optional<IntentStatus> parse_status(std::string_view text) {
  for (const IntentStatus status : {IntentStatus::succeeded, IntentStatus::requires_payment_method,
                                    IntentStatus::processing, IntentStatus::requires_action})
    if (to_text(status) == text) return status;
  return std::nullopt;
}

// One line of the ledger.
class Line {
 public:
  Line(std::string_view kind, Instant at) : text_(R"({"kind":")") {
    text_.append(kind).append(R"(","at":")").append(to_rfc3339(at)).append("\"");
  }
  Line& add(std::string_view key, std::string_view text) {
    name(key);
    append_json_string(text_, text);
    return *this;
  }
  Line& add(std::string_view key, std::int64_t number) {
    name(key);
    text_ += std::to_string(number);
    return *this;
  }
  Line& add_json(std::string_view key, std::string_view json) {
    name(key);
    text_ += json;
    return *this;
  }
  std::string end() { return std::move(text_ += '}'); }

 private:
  void name(std::string_view key) { text_.append(",\"").append(key).append("\":"); }
  std::string text_;
};

}  // namespace

Uuid digest_of(std::string_view text) {
  const Sha256 whole = sha256(text);
  Uuid digest;
  std::copy_n(whole.begin(), digest.bytes.size(), digest.bytes.begin());
  return digest;
}

std::string_view to_text(IntentStatus status) {
  switch (status) {
    case IntentStatus::succeeded:
      return "succeeded";
    case IntentStatus::requires_payment_method:
      return "requires_payment_method";
    case IntentStatus::processing:
      return "processing";
    case IntentStatus::requires_action:
      return "requires_action";
  }
  return "unknown";
}

std::string Intent::id() const { return fmt::format("{}{:012x}", intent_prefix, number); }

GatewayState::GatewayState(Ledger& ledger, const Clock& clock, std::chrono::seconds key_life,
                           std::chrono::milliseconds settle_after)
    : ledger_(ledger), clock_(clock), key_life_(key_life), settle_after_(settle_after) {
  read_ledger(ledger.file(), [this](const object& line) { restore(line); });
  // Killed between two lines of one group: the intent is there, so its charge is too.
  for (Intent& intent : intents_)
    if (intent.status == IntentStatus::succeeded && intent.charge == 0) charge(intent, 0, "");
}

void GatewayState::restore(const object& line) {
  const std::string kind = text_at(line, "kind");
  const std::string key = text_at(line, "key");
  const Instant at = instant_at(line);
  last_ = std::max(last_, at);
  const std::uint64_t number = number_of(text_at(line, "intent"));
  if (kind == "call") {
    calls_ = static_cast<std::uint64_t>(number_at(line, "call"));
    if (!key.empty()) ++sent_[digest_of(key)];
  } else if (kind == "intent") {
    restore_intent(line);
    if (!key.empty())
      remember(key, parse_uuid(text_at(line, "fingerprint")).value_or(Uuid()), intents_.back());
  } else if (kind == "stored") {
    stored_[digest_of(key)] = {.fingerprint = parse_uuid(text_at(line, "fingerprint")).value_or(Uuid()),
                               .first_used = at,
                               .status = static_cast<int>(number_at(line, "status"))};
  } else if (number == 0 || number > intents_.size()) {
    return;
  } else if (kind == "charge") {
    charges_.push_back({charges_.size() + 1, number, at});
    intents_[number - 1].charge = charges_.size();
  } else if (kind == "settled") {
    intents_[number - 1].status = parse_status(text_at(line, "status")).value_or(IntentStatus::processing);
    std::erase_if(processing_, [&](const auto& due) { return due.second == number; });
  }
}

void GatewayState::restore_intent(const object& line) {
  Intent intent;
  intent.number = intents_.size() + 1;
  intent.amount = number_at(line, "amount");
  intent.currency = text_at(line, "currency");
  intent.status = parse_status(text_at(line, "status")).value_or(IntentStatus::requires_action);
  if (const std::string code = text_at(line, "decline"); !code.empty())
    intent.decline_code = known_code(code);
  intent.created = instant_at(line);
  intent.payment_id = text_at(line, "payment_id");
  const auto* metadata = line.if_contains("metadata");
  intent.metadata = metadata == nullptr ? "{}" : boost::json::serialize(*metadata);
  if (intent.status == IntentStatus::processing)
    processing_.emplace_back(intent.created + settle_after_, intent.number);
  intents_.push_back(std::move(intent));
}

// Never behind what was written before: the order of the intents is the order of their seconds.
Instant GatewayState::now() { return last_ = std::max(last_, clock_.now()); }

std::uint64_t GatewayState::record_call(std::string_view method, std::string_view path,
                                        const Create* create) {
  const std::uint64_t number = ++calls_;
  Line line("call", now());
  line.add("call", static_cast<std::int64_t>(number)).add("method", method).add("path", path);
  if (create != nullptr) {
    line.add("payment_id", create->payment_id).add("fingerprint", create->fingerprint.text());
    if (create->key) line.add("key", *create->key);
    if (create->key) ++sent_[digest_of(*create->key)];
  }
  ledger_.append(line.end());
  return number;
}

std::uint64_t GatewayState::times_sent(std::string_view key) const {
  const auto found = sent_.find(digest_of(key));
  return found == sent_.end() ? 0 : found->second;
}

Stored* GatewayState::stored(std::string_view key) {
  const auto found = stored_.find(digest_of(key));
  if (found == stored_.end()) return nullptr;
  if (found->second.status != 0 && found->second.first_used + key_life_ <= now()) {
    stored_.erase(found);
    return nullptr;
  }
  return &found->second;
}

void GatewayState::begin(const Create& create) {
  if (intents_.size() >= limits::simulator_intents)
    throw Unavailable("the simulator holds as many payments as it can; start it with a new ledger");
  if (create.key) stored_[digest_of(*create.key)] = {.fingerprint = create.fingerprint, .first_used = now()};
}

const Intent& GatewayState::execute(const Create& create, const Fault* fault) {
  Intent intent;
  intent.number = intents_.size() + 1;
  intent.amount = create.amount;
  intent.currency = create.currency;
  intent.created = now();
  intent.payment_id = create.payment_id;
  intent.metadata = create.metadata;
  const FaultKind kind = fault == nullptr ? FaultKind::slow : fault->kind;
  if (kind == FaultKind::decline) intent.status = IntentStatus::requires_payment_method;
  if (kind == FaultKind::requires_action) intent.status = IntentStatus::requires_action;
  if (kind == FaultKind::processing_then_succeeded || kind == FaultKind::processing_then_declined)
    intent.status = IntentStatus::processing;
  if (fault != nullptr) intent.decline_code = fault->code;
  intents_.push_back(std::move(intent));
  Intent& made = intents_.back();
  Line line("intent", made.created);
  line.add("call", static_cast<std::int64_t>(create.call))
      .add("intent", made.id())
      .add("payment_id", made.payment_id);
  line.add("amount", made.amount).add("currency", made.currency).add("status", to_text(made.status));
  line.add("decline", made.decline_code).add_json("metadata", made.metadata);
  if (create.key) line.add("key", *create.key).add("fingerprint", create.fingerprint.text());
  ledger_.append(line.end());
  if (made.status == IntentStatus::processing)
    processing_.emplace_back(made.created + settle_after_, made.number);
  if (made.status == IntentStatus::succeeded) charge(made, create.call, create.key.value_or(""));
  if (create.key) remember(*create.key, create.fingerprint, made);
  return made;
}

void GatewayState::remember(std::string_view key, const Uuid& fingerprint, const Intent& intent) {
  Stored& stored = stored_[digest_of(key)];
  if (stored.first_used == Instant()) stored.first_used = intent.created;
  stored.fingerprint = fingerprint;
  stored.status = intent.status == IntentStatus::requires_payment_method ? 402 : 200;
  stored.intent = intent.number;
  stored.as = intent.status;
}

void GatewayState::charge(Intent& intent, std::uint64_t call, std::string_view key) {
  const Instant at = now();
  charges_.push_back({charges_.size() + 1, intent.number, at});
  intent.charge = charges_.size();
  Line line("charge", at);
  line.add("call", static_cast<std::int64_t>(call))
      .add("charge", fmt::format("ch_sim_{:012x}", intent.charge));
  line.add("intent", intent.id()).add("payment_id", intent.payment_id).add("key", key);
  line.add("amount", intent.amount).add("currency", intent.currency);
  ledger_.append(line.end());
}

void GatewayState::store_error(const Create& create, std::uint64_t intent) {
  if (!create.key) return;
  Stored& stored = stored_[digest_of(*create.key)];
  if (stored.first_used == Instant()) stored.first_used = now();
  stored.fingerprint = create.fingerprint;
  stored.status = 500;
  stored.intent = intent;
  Line line("stored", stored.first_used);
  line.add("key", *create.key).add("fingerprint", create.fingerprint.text()).add("status", stored.status);
  ledger_.append(line.end());
}

const Intent* GatewayState::find(std::string_view id) const {
  const std::uint64_t number = number_of(id);
  return number == 0 || number > intents_.size() ? nullptr : &intents_[number - 1];
}

std::uint64_t GatewayState::newest_until(std::int64_t second) const {
  const Instant end = Instant(std::chrono::seconds(second)) + std::chrono::seconds(1);
  auto created_before = [](const Intent& intent, Instant limit) { return intent.created < limit; };
  const auto first_behind = std::lower_bound(intents_.begin(), intents_.end(), end, created_before);
  return static_cast<std::uint64_t>(first_behind - intents_.begin());
}

void GatewayState::settle() {
  while (!processing_.empty() && processing_.front().first <= now()) {
    Intent& intent = intents_[processing_.front().second - 1];
    processing_.pop_front();
    const bool declined = !intent.decline_code.empty();
    intent.status = declined ? IntentStatus::requires_payment_method : IntentStatus::succeeded;
    Line line("settled", now());
    line.add("intent", intent.id())
        .add("payment_id", intent.payment_id)
        .add("status", to_text(intent.status));
    ledger_.append(line.end());
    if (!declined) charge(intent, 0, "");
  }
}

}  // namespace bursar::devtools

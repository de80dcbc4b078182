#include "workers/compose.hpp"

#include "base/check.hpp"
#include "notify/templates.hpp"

namespace bursar::workers {
namespace {

notify::OutcomeFacts facts_of(const store::ChannelItem& item) {
  const auto currency = Currency::from_code(item.currency);
  CHECK(currency.has_value());  // accepted by this table, and the table only grows
  return {.event = item.event,
          .succeeded = item.type == "succeeded",
          .money = {item.amount_minor, *currency},
          .reference = item.reference,
          .description = item.description,
          .failure_code = item.failure_code,
          .locale = item.locale};
}

Composed no_contact() {
  Composed composed;
  composed.suppressed_because = notify::no_contact;
  return composed;
}

notify::Message message_to(std::string to, const store::ChannelItem& item, std::string_view channel) {
  notify::Message message;
  message.event = item.event;
  message.replay = item.replay;
  message.message_id = notify::message_id_of(item.event, channel, item.replay);
  message.to = std::move(to);
  message.request_id = item.request_id;
  return message;
}

}  // namespace

Compose compose_mail(bool development) {
  return [development](const store::ChannelItem& item) {
    auto to = notify::mail_address(item.user_id, item.email, development);
    if (!to) return no_contact();
    Composed composed;
    composed.message = message_to(std::move(*to), item, "email");
    notify::MailText text = notify::render_mail(facts_of(item));
    composed.message->subject = std::move(text.subject);
    composed.message->text = std::move(text.text);
    return composed;
  };
}

Compose compose_sms(bool development) {
  return [development](const store::ChannelItem& item) {
    auto to = notify::phone_number(item.user_id, item.phone, development);
    if (!to) return no_contact();
    Composed composed;
    composed.message = message_to(std::move(*to), item, "sms");
    composed.message->text = notify::render_sms(facts_of(item));
    return composed;
  };
}

}  // namespace bursar::workers

// Messages as the notifier makes them, for the tests of the channels.
#pragma once
#include <string>

#include "notify/addresses.hpp"
#include "notify/channel.hpp"

namespace bursar::testing {

inline EventId some_event(std::uint8_t number = 0) {
  EventId event;
  event.payment = PaymentId(*parse_uuid("01932d4c-8f2a-7abc-8def-0123456789ab"));
  event.payment.value.bytes[15] = number;
  return event;
}

inline notify::Message mail_to(std::string to, std::uint8_t number = 0) {
  notify::Message message;
  message.event = some_event(number);
  message.message_id = notify::message_id_of(message.event, "email", 0);
  message.to = std::move(to);
  message.subject = "Your payment of 12.34 EUR succeeded";
  message.text = "Hello,\n.a line with a dot\nbye\n";
  return message;
}

inline notify::Message sms_to(std::string to, std::uint8_t number = 0) {
  notify::Message message;
  message.event = some_event(number);
  message.message_id = notify::message_id_of(message.event, "sms", 0);
  message.to = std::move(to);
  message.text = "Your payment of 12.34 EUR succeeded.";
  return message;
}

}  // namespace bursar::testing

// Where a message goes: the user's contact, else in development an address that nobody outside can own, else
// nowhere: then the delivery is suppressed with the reason `no_contact`. Pure; the notifier calls it for
// every message.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "domain/ids.hpp"

namespace bursar::notify {

/// The reason of a suppressed delivery, as it stands in the ledger and in the timeline.
inline constexpr std::string_view no_contact = "no_contact";

/// The contact's address as it was given (smtp.hpp says what is dead), else in development
/// `<user_id>@example.test` (RFC 6761: .test is nobody's), else nullopt.
std::optional<std::string> mail_address(UserId user, const std::optional<std::string>& contact,
                                        bool development);

/// The contact's number, else in development one derived from the user's id, the same each time, in
/// +447700900000 … +447700900999 (Ofcom keeps that range for fiction; two users may share one), else nullopt.
std::optional<std::string> phone_number(UserId user, const std::optional<std::string>& contact,
                                        bool development);

/// E.164 in its international form: '+', a first digit that is not 0, 7 to 15 digits altogether; nothing
/// else, not even white space.
bool is_e164(std::string_view number);

/// The id of a message, the same on every attempt: `<payment>.<sequence>.<channel>.<replay>`. Message-ID of a
/// mail (the sender's domain is put behind it), idempotency key of an SMS. `channel` is "email" or "sms".
std::string message_id_of(const EventId& event, std::string_view channel, std::int16_t replay);

}  // namespace bursar::notify

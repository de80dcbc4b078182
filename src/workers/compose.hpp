// From an item of a channel to the message that is sent: who is reached, in which words. Pure.
#pragma once
#include "notify/addresses.hpp"
#include "workers/notifier.hpp"

namespace bursar::workers {

/// `development`: users without a contact get an address of example.test and a fictitious number; otherwise
/// their delivery is suppressed, reason no_contact.
Compose compose_mail(bool development);
Compose compose_sms(bool development);

}  // namespace bursar::workers

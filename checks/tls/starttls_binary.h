#pragma once

#include <memory>
#include <string>

#include "checks/tls/starttls.h"

namespace gaikei {

/// The dialogues of protocols that speak in binary messages.

/// RFC 4511, 4.14: an ExtendedRequest, the ExtendedResponse with resultCode success.
std::unique_ptr<StartTlsDialogue> MakeLdapDialogue(const std::string& host);
/// PostgreSQL's SSLRequest; S or N.
std::unique_ptr<StartTlsDialogue> MakePostgresDialogue(const std::string& host);
/// MySQL's greeting (protocol 10) with CLIENT_SSL; our SSLRequest, which nobody answers.
std::unique_ptr<StartTlsDialogue> MakeMysqlDialogue(const std::string& host);

}  // namespace gaikei

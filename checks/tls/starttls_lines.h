#pragma once

#include <memory>
#include <string>

#include "checks/tls/starttls.h"

namespace gaikei {

/// The dialogues of protocols that speak in lines: CRLF, a bare LF is taken as well.

/// RFC 3207: greeting, EHLO, STARTTLS among the capabilities, STARTTLS, 220.
std::unique_ptr<StartTlsDialogue> MakeSmtpDialogue(const std::string& host);
/// RFC 9051, 6.2.1: greeting, CAPABILITY, STARTTLS, tagged OK.
std::unique_ptr<StartTlsDialogue> MakeImapDialogue(const std::string& host);
/// RFC 2595, 4: greeting, STLS, +OK.
std::unique_ptr<StartTlsDialogue> MakePop3Dialogue(const std::string& host);
/// RFC 4217, 4: greeting, AUTH TLS, 234.
std::unique_ptr<StartTlsDialogue> MakeFtpDialogue(const std::string& host);

}  // namespace gaikei

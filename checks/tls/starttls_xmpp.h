#pragma once

#include <memory>
#include <string>

#include "checks/tls/starttls.h"

namespace gaikei {

/// RFC 6120, 4 and 5: stream header to `host`, stream features with starttls, <starttls/>,
/// <proceed/>. No XML library: the tags that matter are few, and comments, processing instructions
/// and document types are forbidden there (RFC 6120, 11.1).
std::unique_ptr<StartTlsDialogue> MakeXmppDialogue(const std::string& host);

}  // namespace gaikei

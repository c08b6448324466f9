#pragma once

#include <memory>
#include <string>
#include <tl/expected.hpp>

#include "checks/check.h"
#include "checks/spec.h"

namespace gaikei {

/// Kind `websocket`: an upgrade (RFC 6455), with a dialogue over messages and a ping where they are
/// asked for (docs/websocket.md).
///
/// Errors: a target that is no ws:// or wss:// URL; header fields that cannot be sent, or are the
/// handshake's own; a subprotocol that is none; a dialogue that does not compile, with the number
/// of the step; TLS files that cannot be read.
tl::expected<std::unique_ptr<Check>, std::string> MakeWebSocketCheck(const CheckSpec& spec);

/// True for a header field that the handshake sets itself.
bool IsHandshakeHeader(std::string_view name);

}  // namespace gaikei

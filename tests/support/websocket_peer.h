#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tests/support/connection.h"

namespace gaikei::support {

/// The server's side of RFC 6455 by the byte, for servers that answer as they are told.

/// "HTTP/1.1 101 ..." for a request head, with more fields, each with its line end.
std::string UpgradeAnswer(std::string_view request, const std::string& more = {});
/// Reads a request and agrees to it; gives its head. Absent when the client goes away before.
std::optional<std::string> TakeUpgrade(Connection& connection, const std::string& more = {});

/// One frame; `first` is its first byte: 0x81 a text, 0x01 the beginning of one, 0x80 the end of
/// it.
std::string WebSocketFrame(unsigned first, std::string_view payload);
/// A close frame.
std::string CloseFrame(unsigned code, std::string_view reason = {});

/// What a client sent.
struct ClientFrame {
  unsigned first = 0;        ///< its first byte
  bool is_masked = false;    ///< as it has to be
  std::string payload = {};  ///< unmasked
};
/// Absent when the client goes away.
std::optional<ClientFrame> ReadClientFrame(Connection& connection);

/// Until the client closes: sends texts back, answers pings and the close frame.
void EchoWebSocket(Connection& connection);

}  // namespace gaikei::support

#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "probe/http/server.h"
#include "scheduler/heartbeat_board.h"

namespace gaikei {

/// What stands before the name in the path of a report.
inline constexpr std::string_view kHeartbeatPath = "/heartbeat/";

/// Reads a report: `status` (ok, fail), `duration` ("12.5s", or seconds), `message`, each at most
/// once, in the query, in a JSON object or as a form. The error is one line for whoever sent it.
tl::expected<HeartbeatReport, std::string> ParseHeartbeat(const HttpRequest& request);

/// The token of `Authorization: Bearer TOKEN` (RFC 6750, 2.1); empty where there is none.
std::string_view BearerToken(std::string_view authorization);

}  // namespace gaikei

#pragma once

#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "checks/spec.h"
#include "probe/config/reader.h"

namespace gaikei {

/// `grace token` of a heartbeat. What only a check that looks somewhere has a use for is refused
/// where the check itself says it; in [defaults] it does not concern a heartbeat.
void ReadHeartbeatKeys(TableReader& reader, CheckSpec& spec);

/// The NAME of `heartbeat:NAME`, which is what stands in the path of a report: 1 to 128 letters,
/// digits and . _ -, neither "." nor "..". The error is one line.
tl::expected<std::string, std::string> HeartbeatNameOf(std::string_view target);

/// What is wrong with the heartbeats of a configuration as a whole: two of one name, or no server
/// (`is_listening` false) that could take a report. `tables` are those that `checks` begins with.
void ReviewHeartbeats(std::span<const Node* const> tables, std::span<const CheckSpec> checks,
                      bool is_listening, ErrorList& errors);

}  // namespace gaikei

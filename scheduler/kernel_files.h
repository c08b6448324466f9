#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gaikei {

/// All of a file below /proc or /sys; empty where there is none.
std::string ReadKernelFile(const std::string& path);

/// The number that a text begins with, blanks apart; "max" is none.
std::optional<std::uint64_t> NumberIn(std::string_view text);

/// Of a text of lines "NAME NUMBER" or "NAME: NUMBER kB" the number of the one that begins with
/// `name`.
std::optional<std::uint64_t> FieldIn(std::string_view text, std::string_view name);

/// Where a process stands below a hierarchy of control groups, out of /proc/PID/cgroup: of version
/// 1 that of `controller`, of version 2 the one without a name.
std::string GroupPath(std::string_view groups, std::string_view controller);

}  // namespace gaikei

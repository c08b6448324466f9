#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace gaikei {

/// What the system grants this process, at one moment. Absent: it cannot be told, or is not
/// limited.
struct Resources {
  std::optional<std::uint64_t> descriptors;       ///< RLIMIT_NOFILE
  std::uint64_t descriptors_open = 0;             ///< of these, in use
  std::optional<std::uint64_t> ports;             ///< net.ipv4.ip_local_port_range
  std::optional<std::uint64_t> memory;            ///< bytes: the cgroup's limit, or the machine's
  std::optional<std::uint64_t> memory_available;  ///< of these, bytes that may still be used
};

/// Where the kernel tells; tests have their own.
struct ResourceFiles {
  std::string proc = "/proc";
  std::string cgroup = "/sys/fs/cgroup";
};

/// Reads it all; a few files, some 50 us. Any thread.
Resources ReadResources(const ResourceFiles& files = {});

/// Raises RLIMIT_NOFILE to the hard limit. Harmless where it cannot.
void RaiseDescriptorLimit();

}  // namespace gaikei

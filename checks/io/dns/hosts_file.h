#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "checks/io/loop/watched_file.h"
#include "checks/io/net/address.h"

namespace gaikei::io {

/// The hosts file: names and addresses that need no question. Read again when it changes; while it
/// cannot be read, what was read last holds. Loop thread only.
class HostsFile {
 public:
  explicit HostsFile(std::string path) : file_(std::move(path)) {}

  /// Addresses of `name` (lower case, no trailing dot) of one family, or of both for kAuto, in the
  /// order of the file. "localhost" and what ends in ".localhost" is the loopback address also
  /// where the file does not say so (RFC 6761, 6.3). Empty: ask.
  std::vector<Address> Find(std::string_view name, Family family);

 private:
  void Parse(std::string_view text);

  WatchedFile file_;
  std::unordered_map<std::string, std::vector<Address>> entries_;
};

/// "localhost" and what ends in ".localhost" (RFC 6761, 6.3); `name` as for Find().
bool IsLocalhost(std::string_view name);

/// The name servers of a resolv.conf: its `nameserver` lines, all else ignored. Port 53.
std::vector<Address> ParseNameServers(std::string_view text);

}  // namespace gaikei::io

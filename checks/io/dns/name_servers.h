#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "checks/io/dns/name_server.h"
#include "checks/io/loop/watched_file.h"
#include "checks/io/net/egress.h"
#include "regions/region.h"

namespace gaikei::io {

class Loop;

/// The resolvers of one vantage, in the order they are asked. Owned by its Resolver; loop thread
/// only.
///
/// Those the region names; where it names none, those of the machine (resolv.conf), read again when
/// the file changes. The last list that was not empty holds; none ever: 127.0.0.1, as the C library
/// has it.
class NameServers {
 public:
  NameServers(Loop& loop, const Region& region, const std::string& resolv_conf);
  /// Ends all questions in flight with ARES_EDESTRUCTION.
  ~NameServers();
  NameServers(const NameServers&) = delete;
  NameServers& operator=(const NameServers&) = delete;

  /// Looks whether the machine's list has changed; true where it has. Questions in flight to the
  /// old ones end with ARES_EDESTRUCTION, when size() and at() are those of the new list already.
  /// Never empty afterwards.
  bool Refresh();

  std::size_t size() const { return servers_.size(); }
  NameServer& at(std::size_t index) { return *servers_[index]; }
  /// Set while the servers go for good: nobody begins anew then.
  bool is_closing() const { return is_closing_; }
  /// "192.0.2.53:53, 192.0.2.54:53": the first four, for messages.
  std::string Text() const;

 private:
  void Use(const std::vector<Address>& addresses);

  Loop& loop_;
  const Egress egress_;
  WatchedFile resolv_conf_;
  bool is_configured_ = false;  ///< the region names them
  bool is_closing_ = false;
  std::vector<std::unique_ptr<NameServer>> servers_;
};

}  // namespace gaikei::io

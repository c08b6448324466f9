#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "checks/io/http/connection_cache.h"

namespace gaikei::io {

/// The connections that stand between the slots of checks that reuse them: one cache for each check
/// and region on a loop. Loop thread only.
class ConnectionKeeper {
 public:
  ConnectionKeeper() = default;
  ConnectionKeeper(const ConnectionKeeper&) = delete;
  ConnectionKeeper& operator=(const ConnectionKeeper&) = delete;

  /// Made at first use. It stays as long as `owner` does, and a little: caches whose owner has gone
  /// are dropped when anybody asks again. Who uses it holds the owner.
  ConnectionCache& For(const std::shared_ptr<const void>& owner, const std::string& region);
  std::size_t size() const { return kept_.size(); }

 private:
  struct Kept {
    std::weak_ptr<const void> owner;
    std::unique_ptr<ConnectionCache> cache;
  };
  std::map<std::pair<const void*, std::string>, Kept> kept_;
};

}  // namespace gaikei::io

#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "checks/io/loop/loop.h"
#include "checks/io/net/arrival.h"
#include "regions/region.h"

namespace gaikei::io {

class ConnectionKeeper;
class CurlPool;
class Resolver;

/// What attempts on one loop share: the loop, the curl pool, the connections that are
/// kept, one resolver a region. Loop thread
/// only (construction and destruction too, while the loop does not run).
class Engine {
 public:
  explicit Engine(Loop& loop);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  Loop& loop() { return loop_; }
  CurlPool& curl() { return *curl_; }
  ConnectionKeeper& connections() { return *connections_; }
  /// Made at first use and kept. A region of the same name with other resolvers, references or
  /// another way out (a reload) gets a new one.
  Resolver& ResolverFor(const Region& region);

 private:
  // A resolver, and what it was made from.
  struct Entry {
    std::vector<std::string> servers;
    std::vector<std::string> source;
    std::string interface;
    std::vector<std::string> reference;
    std::unique_ptr<Resolver> resolver;
  };

  Loop& loop_;
  const StampKeeper stamps_;
  std::unique_ptr<CurlPool> curl_;
  std::unique_ptr<ConnectionKeeper> connections_;
  std::map<std::string, Entry> resolvers_;          // by name of the region
  std::vector<std::unique_ptr<Resolver>> retired_;  // replaced, with questions still in flight
};

}  // namespace gaikei::io

#pragma once

#include <sys/socket.h>

#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "results/outcome.h"
#include "results/time.h"

namespace gaikei {

/// Watches this machine's own links and routes, so that a failure can be told from a vantage that
/// was cut off. In the network namespace of the thread that calls. Any thread.
class NetworkWatch {
 public:
  static constexpr Span kKept = std::chrono::minutes(10);

  /// A look that is not older than this is as good as one now.
  static constexpr Span kFresh = std::chrono::milliseconds(50);

  /// Looks at all links, and at the default routes. Call it a few times a second; a look is some
  /// 50 us.
  void Look(MonoTime now);

  /// Why nothing sent to `address` (numeric, without a port) between `from` and `to` = now could
  /// arrive; empty: nothing is known against it.
  std::string WhyCutOff(const std::string& address, MonoTime from, MonoTime to);
  /// The same of whatever lies behind the default routes, as name servers do.
  std::string WhyCutOff(MonoTime from, MonoTime to);

 private:
  struct Down {
    MonoTime from{};
    MonoTime to = MonoTime::max();  ///< max: it is still down
  };
  /// One link, or one default route.
  struct Watched {
    bool is_up = false;
    bool was_up = false;  ///< ever: what never was cannot be lost
    std::deque<Down> downs;
  };

  /// One of our addresses, and the link that has it.
  struct Own {
    sockaddr_storage address{};
    std::string link;
  };

  void LookIfStale(MonoTime now);
  void Note(Watched& watched, bool is_up, MonoTime now);
  /// Whether every link and default route that ever led anywhere did so all the time.
  bool WasAllWell(MonoTime from, MonoTime to) const;
  static bool WasDown(const Watched& watched, MonoTime from, MonoTime to);
  std::string WhyLost(const Watched& watched, const std::string& what, MonoTime from,
                      MonoTime to) const;

  std::mutex mutex_;
  MonoTime looked_at_ = MonoTime::min();
  std::vector<Own> own_;
  std::map<std::string, Watched> links_;  ///< by name; loopback is none of them
  std::map<Family, Watched> default_routes_;
};

}  // namespace gaikei

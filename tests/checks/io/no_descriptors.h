#pragma once

#include <sys/resource.h>
#include <unistd.h>

#include "checks/io/net/connector.h"

namespace gaikei::io {

/// Leaves this process no descriptor to be had while it lives.
class NoDescriptors {
 public:
  NoDescriptors() {
    getrlimit(RLIMIT_NOFILE, &before_);
    rlimit limit = before_;
    {
      const UniqueFd lowest(dup(STDERR_FILENO));
      limit.rlim_cur = static_cast<rlim_t>(lowest.get());
    }
    setrlimit(RLIMIT_NOFILE, &limit);
  }
  ~NoDescriptors() { setrlimit(RLIMIT_NOFILE, &before_); }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;

 private:
  rlimit before_{};
};

}  // namespace gaikei::io

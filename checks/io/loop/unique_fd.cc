#include "checks/io/loop/unique_fd.h"

#include <unistd.h>

namespace gaikei::io {

void UniqueFd::Reset(int fd) {
  if (fd_ >= 0) close(fd_);
  fd_ = fd;
}

}  // namespace gaikei::io

#pragma once

#include <sys/socket.h>

namespace gaikei::io {

/// An option that is a number; false with errno where the system refuses it.
inline bool SetOption(int fd, int level, int option, int value) {
  return setsockopt(fd, level, option, &value, sizeof value) == 0;
}

}  // namespace gaikei::io

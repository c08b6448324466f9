#pragma once

#include <string>
#include <tl/expected.hpp>

namespace gaikei {

/// A directory for what survives a restart, held by this process alone (an flock on DIR/lock, gone
/// with the process however it ends).
class StateDir {
 public:
  /// Makes the directory (mode 0700) where there is none. The error is one line: "state directory
  /// GIVEN is in use by process PID", or what could not be made.
  static tl::expected<StateDir, std::string> Acquire(const std::string& given);

  StateDir() = default;
  ~StateDir();
  StateDir(StateDir&& other) noexcept;
  StateDir& operator=(StateDir&& other) noexcept;
  StateDir(const StateDir&) = delete;
  StateDir& operator=(const StateDir&) = delete;

 private:
  explicit StateDir(int lock_fd) : lock_fd_(lock_fd) {}
  int lock_fd_ = -1;
};

}  // namespace gaikei

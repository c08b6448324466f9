#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <tl/expected.hpp>

namespace gaikei {

/// Who has a state directory.
enum class Holding : std::uint8_t {
  kHeld,    ///< this process
  kOut,     ///< nobody: the disk takes nothing, not even the lock
  kOthers,  ///< another process
};

/// A directory for what survives a restart, held by this process alone (an flock on DIR/lock, gone
/// with the process however it ends).
class StateDir {
 public:
  /// Told in one line when it was lost, or is held again.
  using Say = std::function<void(const std::string&)>;

  /// Makes the directory (mode 0700) where there is none. The error is one line: "state directory
  /// GIVEN is in use by process PID", or what could not be made. Where the disk takes nothing (it
  /// is full, read-only or failing) that is no error: it is not held then, and `say` is told.
  static tl::expected<std::shared_ptr<StateDir>, std::string> Acquire(const std::string& given,
                                                                      Say say = {});
  ~StateDir();
  StateDir(const StateDir&) = delete;
  StateDir& operator=(const StateDir&) = delete;

  /// Looks again: whoever removed the directory, or the lock in it, has let others in. It is made
  /// and taken anew where nobody was quicker; likewise what could not be had so far. Ask before
  /// every commit of something that is kept there. Any thread.
  Holding Hold();

 private:
  /// What came of an attempt to take it.
  struct Attempt {
    Holding holding = Holding::kHeld;
    std::string trouble;     ///< one line; empty: it is held
    bool is_lasting = true;  ///< somebody has to do something about it: an error at the start
  };

  StateDir(std::string path, Say say) : path_(std::move(path)), say_(std::move(say)) {}
  std::string lock_path() const { return path_ + "/lock"; }
  Attempt Take();
  void Tell(const std::string& text);

  const std::string path_;
  const Say say_;
  std::mutex mutex_;  ///< guards all below
  int lock_fd_ = -1;
  std::string told_;  ///< last thing told
};

}  // namespace gaikei

#pragma once

#include <signal.h>
#include <sys/resource.h>
#include <sys/types.h>

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/socket.h"

namespace gaikei::support {

struct SubprocessOptions {
  std::vector<std::string> argv = {};           ///< the program is looked for in PATH
  std::map<std::string, std::string> env = {};  ///< beside the test's own environment
  std::vector<std::string> unset = {};          ///< taken from the environment
  std::string cwd = {};                         ///< empty: the test's
  std::string input = {};                       ///< standard input; then the end
  std::string output_file = {};                 ///< standard output; empty: kept, see output()
  std::map<int, rlim_t> limits = {};            ///< RLIMIT_NOFILE ..., soft and hard
  std::vector<int> inherited = {};              ///< descriptors that stay open in the child
  int orphan_signal = SIGKILL;  ///< sent to the child when the thread that made it ends
  int network_namespace = -1;   ///< descriptor of the one to enter; -1: the test's
};

/// How a child ended: by exit (code), or by a signal.
struct ExitStatus {
  int code = -1;   ///< -1: by a signal
  int signal = 0;  ///< 0: by exit
};

/// One child process with its output. Killed when this is destroyed, and when the thread that made
/// it ends. Any thread.
class Subprocess {
 public:
  /// Throws std::system_error when there can be no child. A program that cannot be started exits
  /// with 127.
  explicit Subprocess(const SubprocessOptions& options);
  ~Subprocess();
  Subprocess(const Subprocess&) = delete;
  Subprocess& operator=(const Subprocess&) = delete;

  pid_t pid() const { return pid_; }
  void Signal(int signum);

  /// Absent when it still runs after `limit`. After it ended, output() and errors() are complete.
  std::optional<ExitStatus> Wait(std::chrono::milliseconds limit = kFailsafe);

  std::string output() const;  ///< standard output so far
  std::string errors() const;  ///< standard error so far
  /// Waits until the text stands in standard output (error); false when the child closes it first
  /// or `limit` passes.
  bool WaitForOutput(const std::string& text, std::chrono::milliseconds limit = kFailsafe);
  bool WaitForErrors(const std::string& text, std::chrono::milliseconds limit = kFailsafe);

 private:
  struct Stream {
    Fd fd;
    std::string text;
    bool is_over = false;
  };

  void Collect();
  bool WaitForText(const Stream& stream, const std::string& text, std::chrono::milliseconds limit);

  pid_t pid_ = -1;
  Fd process_;  ///< pidfd
  std::optional<ExitStatus> status_;
  StopSignal stop_;
  mutable std::mutex mutex_;
  std::condition_variable arrived_;
  Stream output_;
  Stream errors_;
  std::thread collector_;
};

/// What a child that ran to its end left behind.
struct Finished {
  ExitStatus status;
  std::string output;
  std::string errors;
};

/// Runs a child to its end; throws std::runtime_error when that takes longer than `limit`.
Finished RunToEnd(const SubprocessOptions& options, std::chrono::milliseconds limit = kFailsafe);

}  // namespace gaikei::support

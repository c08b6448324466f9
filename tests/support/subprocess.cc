#include "tests/support/subprocess.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "tests/support/tcp_server.h"

namespace gaikei::support {
namespace {

[[noreturn]] void Throw(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

std::vector<std::string> Environment(const SubprocessOptions& options) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const std::string name = text.substr(0, text.find('='));
    const bool is_unset =
        std::find(options.unset.begin(), options.unset.end(), name) != options.unset.end();
    if (!is_unset && !options.env.contains(name)) all.push_back(text);
  }
  for (const auto& [name, value] : options.env) all.push_back(name + "=" + value);
  return all;
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

Fd InputOf(const std::string& text) {
  Fd fd(memfd_create("input", MFD_CLOEXEC));
  if (!fd || write(fd.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
      lseek(fd.get(), 0, SEEK_SET) != 0) {
    Throw("standard input");
  }
  return fd;
}

/// Everything the child needs, made before fork(): after it only system calls are safe.
struct Prepared {
  std::vector<char*> argv;
  std::vector<char*> env;
  int in, out, err;
};

[[noreturn]] void BecomeChild(const SubprocessOptions& options, const Prepared& prepared) {
  prctl(PR_SET_PDEATHSIG, options.orphan_signal);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  signal(SIGPIPE, SIG_DFL);
  bool is_good =
      dup2(prepared.in, 0) == 0 && dup2(prepared.out, 1) == 1 && dup2(prepared.err, 2) == 2;
  for (const int fd : options.inherited) is_good = is_good && fcntl(fd, F_SETFD, 0) == 0;
  if (options.network_namespace >= 0) {
    is_good = is_good && setns(options.network_namespace, CLONE_NEWNET) == 0;
  }
  if (!options.cwd.empty()) is_good = is_good && chdir(options.cwd.c_str()) == 0;
  for (const auto& [kind, value] : options.limits) {
    const rlimit limit{value, value};
    is_good = is_good && setrlimit(static_cast<__rlimit_resource>(kind), &limit) == 0;
  }
  if (is_good) execvpe(prepared.argv[0], prepared.argv.data(), prepared.env.data());
  _exit(127);
}

}  // namespace

Subprocess::Subprocess(const SubprocessOptions& options) {
  const Fd input = InputOf(options.input);
  int out[2];
  int err[2];
  if (pipe2(out, O_CLOEXEC) != 0) Throw("pipe");
  output_.fd = Fd(out[0]);
  Fd out_end(out[1]);
  if (pipe2(err, O_CLOEXEC) != 0) Throw("pipe");
  errors_.fd = Fd(err[0]);
  const Fd err_end(err[1]);
  if (!options.output_file.empty()) {
    out_end = Fd(open(options.output_file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
    if (!out_end) Throw(options.output_file);
  }
  std::vector<std::string> argv = options.argv;
  std::vector<std::string> env = Environment(options);
  const Prepared prepared{Pointers(argv), Pointers(env), input.get(), out_end.get(), err_end.get()};

  pid_ = fork();
  if (pid_ < 0) Throw("fork");
  if (pid_ == 0) BecomeChild(options, prepared);
  process_ = Fd(static_cast<int>(syscall(SYS_pidfd_open, pid_, 0)));
  if (!process_) Throw("pidfd_open");
  collector_ = std::thread([this] { Collect(); });
}

Subprocess::~Subprocess() {
  if (!status_) {
    Signal(SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  stop_.Raise();
  if (collector_.joinable()) collector_.join();
}

void Subprocess::Signal(int signum) {
  // The descriptor means this child for good, its number may be somebody else's by then.
  if (syscall(SYS_pidfd_send_signal, process_.get(), signum, nullptr, 0) != 0 && errno != ESRCH) {
    Throw("pidfd_send_signal");
  }
}

std::optional<ExitStatus> Subprocess::Wait(std::chrono::milliseconds limit) {
  if (status_) return status_;
  if (WaitFor(process_.get(), POLLIN, nullptr, limit) == Wake::kTimedOut) return std::nullopt;
  int raw = 0;
  if (waitpid(pid_, &raw, 0) != pid_) Throw("waitpid");
  status_.emplace();
  if (WIFEXITED(raw)) status_->code = WEXITSTATUS(raw);
  if (WIFSIGNALED(raw)) status_->signal = WTERMSIG(raw);
  // A grandchild may keep the pipes open: then what is there now is all that is waited for.
  std::unique_lock lock(mutex_);
  arrived_.wait_for(lock, std::chrono::seconds(5),
                    [this] { return output_.is_over && errors_.is_over; });
  return status_;
}

void Subprocess::Collect() {
  BlockSignals();
  char buffer[65536];
  for (;;) {
    pollfd fds[3] = {{stop_.fd(), POLLIN, 0},
                     {output_.is_over ? -1 : output_.fd.get(), POLLIN, 0},
                     {errors_.is_over ? -1 : errors_.fd.get(), POLLIN, 0}};
    if (poll(fds, 3, -1) < 0) continue;
    if (fds[0].revents != 0) return;
    for (const auto& [index, stream] : {std::pair{1, &output_}, std::pair{2, &errors_}}) {
      if (fds[index].revents == 0) continue;
      const ssize_t count = read(stream->fd.get(), buffer, sizeof(buffer));
      const std::lock_guard lock(mutex_);
      if (count > 0) stream->text.append(buffer, static_cast<std::size_t>(count));
      if (count <= 0) stream->is_over = true;
    }
    arrived_.notify_all();
  }
}

bool Subprocess::WaitForText(const Stream& stream, const std::string& text,
                             std::chrono::milliseconds limit) {
  std::unique_lock lock(mutex_);
  const auto is_there = [&] { return stream.text.find(text) != std::string::npos; };
  arrived_.wait_for(lock, limit, [&] { return is_there() || stream.is_over; });
  return is_there();
}

bool Subprocess::WaitForOutput(const std::string& text, std::chrono::milliseconds limit) {
  return WaitForText(output_, text, limit);
}

bool Subprocess::WaitForErrors(const std::string& text, std::chrono::milliseconds limit) {
  return WaitForText(errors_, text, limit);
}

std::string Subprocess::output() const {
  const std::lock_guard lock(mutex_);
  return output_.text;
}

std::string Subprocess::errors() const {
  const std::lock_guard lock(mutex_);
  return errors_.text;
}

Finished RunToEnd(const SubprocessOptions& options, std::chrono::milliseconds limit) {
  Subprocess child(options);
  const std::optional<ExitStatus> status = child.Wait(limit);
  if (!status) throw std::runtime_error(options.argv.at(0) + " does not end: " + child.errors());
  return Finished{*status, child.output(), child.errors()};
}

}  // namespace gaikei::support

#include "tests/support/daemon.h"

#include <fcntl.h>
#include <pwd.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>

#include "tests/support/free_port.h"

namespace gaikei::support {
namespace {

constexpr int kStarts = 3;

/// The first process of the namespace: starts the server, and ends when the server does or the
/// descriptor given as the first argument comes to its end. The kernel then ends all the others.
constexpr const char* kInit =
    "alive=$1; shift; \"$@\" & server=$!; "
    "(read -r _ <&\"$alive\"; kill -KILL $server) & wait $server";

/// Of the system's list of users; overwritten by the next call.
const passwd& Entry(const std::string& user) {
  const passwd* entry = getpwnam(user.c_str());
  if (entry == nullptr) throw std::runtime_error("no user " + user);
  return *entry;
}

}  // namespace

Daemon::Daemon(const Command& command, const std::string& user) {
  for (int attempt = 0; attempt < kStarts; ++attempt) {
    port_ = FreePort();
    if (Start(command(port_), user)) return;
    Stop();
  }
  throw std::runtime_error("the server does not answer: " + log());
}

Daemon::~Daemon() { Stop(); }

bool Daemon::Start(const std::vector<std::string>& command, const std::string& user) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    throw std::system_error(errno, std::generic_category(), "pipe");
  }
  const Fd watched(ends[0]);
  alive_ = Fd(ends[1]);
  SubprocessOptions options;
  options.argv = {"unshare", "--pid", "--ipc", "--fork", "--kill-child=KILL",
                  "bash",    "-c",    kInit,   "init",   std::to_string(watched.get())};
  const std::vector<std::string> server = RunAs(user, command);
  options.argv.insert(options.argv.end(), server.begin(), server.end());
  options.inherited = {watched.get()};
  child_ = std::make_unique<Subprocess>(options);
  const auto limit = std::chrono::steady_clock::now() + kFailsafe;
  while (std::chrono::steady_clock::now() < limit) {
    if (child_->Wait(std::chrono::milliseconds(20))) return false;
    if (Accepts("127.0.0.1", port_)) return true;
  }
  return false;
}

void Daemon::Stop() {
  alive_.Close();
  child_->Wait();
}

std::vector<std::string> RunAs(const std::string& user, const std::vector<std::string>& command) {
  if (user == "root") return command;
  const passwd& entry = Entry(user);
  std::vector<std::string> all = {"setpriv", "--init-groups",
                                  "--reuid", std::to_string(entry.pw_uid),
                                  "--regid", std::to_string(entry.pw_gid)};
  all.insert(all.end(), command.begin(), command.end());
  return all;
}

void GiveTo(const std::string& user, const std::string& path) {
  const passwd& entry = Entry(user);
  if (chown(path.c_str(), entry.pw_uid, entry.pw_gid) != 0) {
    throw std::system_error(errno, std::generic_category(), "chown " + path);
  }
}

}  // namespace gaikei::support

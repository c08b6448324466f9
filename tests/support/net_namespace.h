#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "tests/support/socket.h"

namespace gaikei::support {

/// Two fresh network namespaces joined by one cable (a veth pair), so that a test can drop packets,
/// pull the cable or fill routes without touching the machine. Needs root. Nothing has a name
/// outside, so nothing can be left behind: when the last descriptor and process are gone, so are
/// they.
///
/// The prober has 10.77.0.1/24 and fd77::1/64 on its end (called "cable"), the target 10.77.0.2 and
/// fd77::2 on its own.
class CableOfNamespaces {
 public:
  static constexpr const char* kProber4 = "10.77.0.1";
  static constexpr const char* kProber6 = "fd77::1";
  static constexpr const char* kTarget4 = "10.77.0.2";
  static constexpr const char* kTarget6 = "fd77::2";

  /// Throws std::system_error or std::runtime_error when the machine does not allow it.
  CableOfNamespaces();

  /// Descriptors for SubprocessOptions::network_namespace and setns().
  int prober() const { return prober_.get(); }
  int target() const { return target_.get(); }

  /// The target drops everything that comes to this TCP and UDP port: neither answer nor refusal.
  void DropPort(std::uint16_t port);
  /// The target drops everything that comes in.
  void DropAll();
  /// The target loses the next packet that comes to this TCP port, and no other.
  void DropOnce(std::uint16_t port);
  /// The target drops what comes to this TCP port over connections that stand now, as behind a
  /// router that has forgotten them; new ones are let through.
  void ForgetConnections(std::uint16_t port);
  /// The target resets what comes to this TCP port over connections that stand now, as a machine
  /// does that was started anew.
  void ResetConnections(std::uint16_t port);
  /// Undoes what was to be dropped.
  void DropNothing();
  /// Takes the prober's end down: its own network is gone (ENETUNREACH).
  void UnplugProber();
  void PlugProber();
  /// What the prober sends leaves at 2 MiB a second at most, whatever waits in front of it.
  void SlowDownProber();

 private:
  void EndConnections(std::uint16_t port, const std::string& verdict);
  void Prober(const std::string& commands);
  void Target(const std::string& commands);

  Fd prober_;
  Fd target_;
};

/// Calls `function` on a thread that lives in the namespace, and waits for it. Sockets that it
/// opens, and threads that it starts (a server's), stay there. What it throws is thrown here.
void RunInNamespace(int network_namespace, const std::function<void()>& function);

}  // namespace gaikei::support

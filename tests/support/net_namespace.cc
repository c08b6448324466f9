#include "tests/support/net_namespace.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>

#include <cerrno>
#include <future>
#include <stdexcept>
#include <system_error>
#include <thread>

#include "tests/support/subprocess.h"

namespace gaikei::support {
namespace {

void OnThread(const std::function<void()>& function) {
  std::packaged_task<void()> task(function);
  std::future<void> done = task.get_future();
  std::thread(std::move(task)).join();
  done.get();
}

Fd NewNamespace() {
  Fd made;
  OnThread([&made] {
    if (unshare(CLONE_NEWNET) != 0) {
      throw std::system_error(errno, std::generic_category(), "unshare");
    }
    made = Fd(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
    if (!made) throw std::system_error(errno, std::generic_category(), "open ns/net");
  });
  return made;
}

void Shell(int network_namespace, const std::string& commands, std::vector<int> inherited = {}) {
  const Finished finished = RunToEnd({.argv = {"sh", "-ec", commands},
                                      .inherited = std::move(inherited),
                                      .network_namespace = network_namespace});
  if (finished.status.code != 0) throw std::runtime_error(commands + ": " + finished.errors);
}

}  // namespace

void RunInNamespace(int network_namespace, const std::function<void()>& function) {
  OnThread([&] {
    if (setns(network_namespace, CLONE_NEWNET) != 0) {
      throw std::system_error(errno, std::generic_category(), "setns");
    }
    function();
  });
}

CableOfNamespaces::CableOfNamespaces() : prober_(NewNamespace()), target_(NewNamespace()) {
  Shell(prober_.get(),
        fmt::format("ip link add cable type veth peer name cable netns /proc/self/fd/{}",
                    target_.get()),
        {target_.get()});
  // nodad: an address that is still being checked for duplicates cannot be used yet.
  const auto configure = [](const char* v4, const char* v6) {
    return fmt::format(
        "ip link set lo up; ip addr add {}/24 dev cable; ip addr add {}/64 dev cable nodad; "
        "ip link set cable up",
        v4, v6);
  };
  Target(configure(kTarget4, kTarget6));
  Prober(configure(kProber4, kProber6));
}

void CableOfNamespaces::Prober(const std::string& commands) { Shell(prober_.get(), commands); }
void CableOfNamespaces::Target(const std::string& commands) { Shell(target_.get(), commands); }

void CableOfNamespaces::DropPort(std::uint16_t port) {
  DropNothing();
  Target(
      fmt::format("nft add table inet drops; "
                  "nft add chain inet drops input '{{ type filter hook input priority 0; }}'; "
                  "nft add rule inet drops input meta l4proto '{{ tcp, udp }}' th dport {} drop",
                  port));
}

void CableOfNamespaces::DropAll() {
  DropNothing();
  Target(
      "nft add table inet drops; "
      "nft add chain inet drops input '{ type filter hook input priority 0; policy drop; }'");
}

void CableOfNamespaces::DropOnce(std::uint16_t port) {
  DropNothing();
  // The first packet of a connection has 60 bytes: it stays below the quota, the second does not.
  Target(
      fmt::format("nft add table inet drops; "
                  "nft add chain inet drops input '{{ type filter hook input priority 0; }}'; "
                  "nft add rule inet drops input tcp dport {} quota until 100 bytes drop",
                  port));
}

void CableOfNamespaces::ForgetConnections(std::uint16_t port) { EndConnections(port, "drop"); }

void CableOfNamespaces::ResetConnections(std::uint16_t port) {
  EndConnections(port, "reject with tcp reset");
}

void CableOfNamespaces::EndConnections(std::uint16_t port, const std::string& verdict) {
  DropNothing();
  Target(fmt::format(
      "nft add table inet drops; nft add set inet drops fresh "
      "'{{ type inet_service; flags dynamic; size 1024; }}'; "
      "nft add chain inet drops input '{{ type filter hook input priority 0; }}'; "
      "nft add rule inet drops input tcp dport {0} 'tcp flags & (fin | syn | rst | ack) == syn' "
      "add @fresh '{{ tcp sport }}' accept; "
      "nft add rule inet drops input tcp dport {0} tcp sport @fresh accept; "
      "nft add rule inet drops input tcp dport {0} {1}",
      port, verdict));
}

void CableOfNamespaces::DropNothing() { Target("nft flush ruleset"); }

void CableOfNamespaces::UnplugProber() { Prober("ip link set cable down"); }

void CableOfNamespaces::SlowDownProber() {
  Prober("tc qdisc replace dev cable root tbf rate 2mibps burst 4kb limit 16mb");
}

void CableOfNamespaces::PlugProber() {
  // The kernel forgets IPv6 addresses of an interface that goes down.
  Prober(fmt::format("ip link set cable up; ip addr replace {}/64 dev cable nodad", kProber6));
}

}  // namespace gaikei::support

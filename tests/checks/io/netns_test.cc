#include <fcntl.h>
#include <gtest/gtest.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "checks/io/dns/resolver.h"
#include "checks/io/loop/loop.h"
#include "checks/io/net/connector.h"

/// What needs a network of one's own: each case runs in a child process with a network namespace
/// (of a user namespace where the tests are not run by root), and reports by its exit.
namespace gaikei::io {
namespace {

enum class Loopback { kUp, kDown };

bool EnterNetwork(Loopback loopback) {
  const uid_t user = geteuid();
  const gid_t group = getegid();
  if (unshare(CLONE_NEWNET) != 0) {
    if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) return false;
    std::ofstream("/proc/self/setgroups") << "deny";
    std::ofstream("/proc/self/uid_map") << "0 " << user << " 1";
    std::ofstream("/proc/self/gid_map") << "0 " << group << " 1";
  }
  if (loopback == Loopback::kDown) return true;
  const UniqueFd fd(socket(AF_INET, SOCK_DGRAM, 0));
  ifreq request{};
  request.ifr_name[0] = 'l';
  request.ifr_name[1] = 'o';
  request.ifr_flags = IFF_UP;
  return ioctl(fd.get(), SIOCSIFFLAGS, &request) == 0;
}

// Runs `body` in a child with a network of its own; it returns what went wrong, empty for nothing.
std::string InNetwork(Loopback loopback, const std::function<std::string()>& body) {
  int ends[2] = {-1, -1};
  if (pipe(ends) != 0) return "no pipe";
  const pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    const std::string text = EnterNetwork(loopback) ? body() : "no network namespace";
    const bool is_told = write(ends[1], text.data(), text.size()) >= 0;
    _exit(is_told && text.empty() ? 0 : 1);
  }
  close(ends[1]);
  const UniqueFd from(ends[0]);
  std::string text;
  char buffer[512];
  for (ssize_t count = 0; (count = read(from.get(), buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<std::size_t>(count));
  }
  int status = 0;
  waitpid(child, &status, 0);
  if (text.empty() && status != 0) text = "the child ended with " + std::to_string(status);
  return text;
}

std::string Expect(Reason actual, Reason expected, const std::string& message) {
  if (actual == expected) return {};
  return std::string(Name(actual)) + " instead of " + std::string(Name(expected)) + ": " + message;
}

ConnectResult ConnectOnce(const Address& address) {
  Loop loop;
  ConnectResult result;
  const Connector connector(loop, Region{}, {address}, {}, [&](ConnectResult got) {
    result = std::move(got);
    loop.Stop();
  });
  loop.Run();
  return result;
}

ResolveResult ResolveOnce(const Region& region, const std::string& resolv_conf) {
  Loop loop;
  Resolver resolver(loop, region, {.hosts = "/dev/null", .resolv_conf = resolv_conf});
  ResolveResult result;
  const auto ticket = resolver.Resolve("shop.example", Family::kAuto, [&](ResolveResult got) {
    result = std::move(got);
    loop.Stop();
  });
  loop.Run();
  return result;
}

TEST(OwnNetwork, WithoutARouteTheProberIsDownForConnecting) {
  for (const char* text : {"192.0.2.1", "2001:db8::1"}) {
    EXPECT_EQ(InNetwork(Loopback::kDown,
                        [text] {
                          const ConnectResult result = ConnectOnce(*Address::Parse(text, 443));
                          return Expect(result.reason, Reason::kProberNetworkDown, result.message);
                        }),
              "");
  }
}

TEST(OwnNetwork, WithoutARouteTheProberIsDownForResolving) {
  EXPECT_EQ(InNetwork(Loopback::kDown,
                      [] {
                        Region region;
                        region.resolver = {"192.0.2.53", "[2001:db8::53]:53"};
                        const ResolveResult result = ResolveOnce(region, "/dev/null");
                        return Expect(result.reason, Reason::kProberNetworkDown, result.message);
                      }),
            "");
}

TEST(OwnNetwork, WithoutAFreePortTheProberIsToBlame) {
  EXPECT_EQ(
      InNetwork(Loopback::kUp,
                [] {
                  std::ofstream("/proc/sys/net/ipv4/ip_local_port_range") << "40000 40003";
                  const UniqueFd listener(socket(AF_INET, SOCK_STREAM, 0));
                  const Address to = *Address::Parse("127.0.0.1", 8080);
                  bind(listener.get(), reinterpret_cast<const sockaddr*>(&to.storage), to.length);
                  listen(listener.get(), 64);
                  std::vector<ConnectResult> held;
                  for (int i = 0; i < 4; ++i) {
                    held.push_back(ConnectOnce(to));
                    if (held.back().reason != Reason::kNone) return held.back().message;
                  }
                  const ConnectResult result = ConnectOnce(to);
                  const std::string wrong =
                      Expect(result.reason, Reason::kProberPortExhausted, result.message);
                  if (!wrong.empty()) return wrong;
                  // Closed by reset, for TIME_WAIT holds a port too.
                  const linger reset = {.l_onoff = 1, .l_linger = 0};
                  setsockopt(held.back().fd.get(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
                  held.pop_back();
                  const ConnectResult again = ConnectOnce(to);
                  return Expect(again.reason, Reason::kNone, again.message);
                }),
      "");
}

TEST(OwnNetwork, WithoutAnIpv6SourceAddressNoPortIsBlamed) {
  EXPECT_EQ(InNetwork(Loopback::kUp,
                      [] {
                        std::ofstream("/proc/sys/net/ipv6/conf/lo/disable_ipv6") << "1";
                        const ConnectResult result = ConnectOnce(*Address::Parse("::1", 443));
                        return Expect(result.reason, Reason::kProberNetworkDown, result.message);
                      }),
            "");
}

TEST(OwnNetwork, AsksTheMachinesNameServersWhereTheRegionNamesNone) {
  EXPECT_EQ(
      InNetwork(Loopback::kUp,
                [] {
                  const Address at = *Address::Parse("127.0.0.7", 53);
                  const UniqueFd server(socket(AF_INET, SOCK_DGRAM, 0));
                  if (bind(server.get(), reinterpret_cast<const sockaddr*>(&at.storage),
                           at.length) != 0) {
                    return std::string("no port 53");
                  }
                  const std::string path = "/tmp/gaikei-resolv-" + std::to_string(getpid());
                  std::ofstream(path) << "; comment\nsearch example\n"
                                         "nameserver 127.0.0.7 \noptions rotate\n";
                  Loop loop;
                  Resolver resolver(loop, Region{}, {.hosts = "/dev/null", .resolv_conf = path});
                  const auto ticket =
                      resolver.Resolve("shop.example", Family::kIpv4, [](const ResolveResult&) {});
                  unlink(path.c_str());
                  char query[512];
                  const ssize_t size = recv(server.get(), query, sizeof query, 0);
                  return size > 12 ? std::string() : std::string("no question came");
                }),
      "");
}

TEST(OwnNetwork, WithoutAnyNameServerTheResolverIsDown) {
  EXPECT_EQ(InNetwork(Loopback::kUp,
                      [] {
                        const ResolveResult result = ResolveOnce(Region{}, "/nonexistent");
                        return Expect(result.reason, Reason::kProberResolverDown, result.message);
                      }),
            "");
}

}  // namespace
}  // namespace gaikei::io

/// What is the name servers' fault or our own, and never the target's.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/checks/http_rig.h"
#include "tests/support/http_server.h"
#include "tests/support/socket.h"

namespace gaikei {
namespace {

using namespace std::chrono_literals;

/// A name server that answers every question with one rcode, or not at all.
class NameServer {
 public:
  /// `rcode` below zero: silent.
  explicit NameServer(int rcode)
      : rcode_(rcode), socket_(support::BindSocket(SOCK_DGRAM, "127.0.0.1", 0)) {
    thread_ = std::thread([this] { Serve(); });
  }
  ~NameServer() {
    stop_.Raise();
    thread_.join();
  }
  NameServer(const NameServer&) = delete;
  NameServer& operator=(const NameServer&) = delete;

  Region AsRegion() const {
    Region region;
    region.resolver = {"127.0.0.1:" + std::to_string(support::PortOf(socket_.get()))};
    return region;
  }

 private:
  void Serve() {
    while (support::WaitFor(socket_.get(), POLLIN, &stop_) == support::Wake::kReady) {
      std::vector<char> question(512);
      sockaddr_storage from{};
      socklen_t length = sizeof from;
      const ssize_t size = recvfrom(socket_.get(), question.data(), question.size(), 0,
                                    reinterpret_cast<sockaddr*>(&from), &length);
      if (size < 12 || rcode_ < 0) continue;
      question[2] = static_cast<char>(0x81);  // an answer, recursion desired
      question[3] = static_cast<char>(0x80 | rcode_);
      sendto(socket_.get(), question.data(), static_cast<std::size_t>(size), 0,
             reinterpret_cast<const sockaddr*>(&from), length);
    }
  }

  const int rcode_;
  support::Fd socket_;
  support::StopSignal stop_;
  std::thread thread_;
};

Observation Resolve(int rcode) {
  const NameServer server(rcode);
  CheckSpec spec = HttpSpec("http://name.example/");
  spec.timeout = 300ms;
  return RunHttp(spec, server.AsRegion());
}

TEST(HttpNames, FailWithTheReasonOfTheirServer) {
  EXPECT_EQ(Verdict(Resolve(0)), "fail dns_nodata resolve");
  EXPECT_EQ(Verdict(Resolve(3)), "fail dns_nxdomain resolve");
  EXPECT_EQ(Verdict(Resolve(5)), "fail dns_refused resolve");
}

TEST(HttpNames, SilenceIsATimeoutThatNamesTheName) {
  const Observation seen = Resolve(-1);
  EXPECT_EQ(Verdict(seen), "fail dns_timeout resolve");
  EXPECT_EQ(seen.blame, Blame::kDns);
  EXPECT_NE(seen.message.find("name.example"), std::string::npos);
  EXPECT_GE(*seen.phases[Phase::kResolve], 300ms);
  EXPECT_FALSE(seen.phases[Phase::kConnect]);
  EXPECT_EQ(seen.address, "");
}

/// Takes every descriptor that is left, and gives them back.
class NoDescriptors {
 public:
  void Take() {
    getrlimit(RLIMIT_NOFILE, &before_);
    rlimit low = before_;
    low.rlim_cur = std::min<rlim_t>(before_.rlim_cur, 256);
    setrlimit(RLIMIT_NOFILE, &low);
    for (int fd = open("/dev/null", O_RDONLY); fd >= 0; fd = open("/dev/null", O_RDONLY)) {
      taken_.push_back(fd);
    }
  }
  ~NoDescriptors() {
    for (const int fd : taken_) close(fd);
    setrlimit(RLIMIT_NOFILE, &before_);
  }

 private:
  rlimit before_{};
  std::vector<int> taken_;
};

TEST(HttpProber, OutOfDescriptorsIsItsOwnFault) {
  support::HttpServer server([](const support::HttpRequest&) { return support::HttpResponse{}; });
  Observation seen;
  {
    NoDescriptors none;
    seen = RunHttp(HttpSpec(server.Url()), {}, [&] { none.Take(); });
  }
  EXPECT_EQ(Verdict(seen), "unknown prober_fd_limit connect") << seen.message;
  EXPECT_EQ(seen.blame, Blame::kProber);
  EXPECT_EQ(server.connections(), 0U);
}

}  // namespace
}  // namespace gaikei

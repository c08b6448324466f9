// What it costs to spool samples and to send them: 50,000 samples a second of 5,000 checks through
// SQLite into an OTLP and a remote-write receiver at once. The receivers are another process that
// reads and answers, nothing more. CPU is that of the upstreams' thread alone.
//
// Samples of one check within EVERY seconds share a point: where CHECKS / RATE is more than EVERY
// none do. With `otlp` there is no remote write.
//
// upstream_bench [SECONDS] [RATE] [CHECKS] [EVERY] [otlp]

#include <fmt/core.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "probe/upstream_thread.h"

namespace gaikei {
namespace {

using namespace std::chrono_literals;

constexpr Span kTick = 10ms;

void Die(const std::string& what) {
  fmt::print(stderr, "upstream_bench: {}\n", what);
  std::exit(1);
}

/// Answers every request on one connection until it is closed.
void Answer(int fd, std::string_view answer) {
  std::string data;
  std::vector<char> piece(1 << 20);
  for (;;) {
    const auto head = data.find("\r\n\r\n");
    if (head != std::string::npos) {
      const auto field = data.find("Content-Length: ");
      const std::size_t body =
          field < head ? static_cast<std::size_t>(std::atoll(data.c_str() + field + 16)) : 0;
      if (data.size() >= head + 4 + body) {
        data.erase(0, head + 4 + body);
        if (write(fd, answer.data(), answer.size()) < 0) break;
        continue;
      }
    }
    const ssize_t n = read(fd, piece.data(), piece.size());
    if (n <= 0) break;
    data.append(piece.data(), static_cast<std::size_t>(n));
  }
  close(fd);
}

/// A receiver in a process of its own, which ends with this one. Gives its port.
std::uint16_t StartReceiver(std::string_view answer) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  if (listener < 0 || bind(listener, reinterpret_cast<sockaddr*>(&address), length) != 0 ||
      listen(listener, 16) != 0 ||
      getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    Die("no listener");
  }
  const pid_t child = fork();
  if (child < 0) Die("no process");
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;) {
      const int fd = accept(listener, nullptr, nullptr);
      if (fd >= 0) std::thread(Answer, fd, answer).detach();
    }
  }
  close(listener);
  return ntohs(address.sin_port);
}

UpstreamSpec Spec(UpstreamType type, const std::string& name, Span every, std::uint16_t port,
                  const std::string& path) {
  UpstreamSpec spec;
  spec.name = name;
  spec.type = type;
  spec.every = every;
  spec.max_batch = 20'000;
  spec.drain_rate = 200'000;
  spec.transport.url = fmt::format("http://127.0.0.1:{}{}", port, path);
  return spec;
}

std::vector<Outcome> Templates(std::size_t checks) {
  std::vector<Outcome> all(checks);
  for (std::size_t i = 0; i < checks; ++i) {
    auto identity = std::make_shared<CheckIdentity>();
    identity->name = fmt::format("check-{}", i);
    identity->kind = "http";
    identity->target = fmt::format("https://host-{}.example/", i);
    identity->labels = {{"team", "web"}};
    Outcome& outcome = all[i];
    outcome.check = std::move(identity);
    outcome.region = "tokyo";
    outcome.duration = 12ms + std::chrono::microseconds(i % 5000);
    outcome.phases[Phase::kResolve] = 1ms;
    outcome.phases[Phase::kConnect] = 2ms;
    outcome.phases[Phase::kTls] = 4ms;
    outcome.phases[Phase::kProcessing] = 3ms;
    outcome.phases[Phase::kTransfer] = 1ms;
    outcome.phases.SettleOther(outcome.duration);
    outcome.address = "192.0.2.1";
    outcome.port = 443;
    outcome.family = Family::kIpv4;
    outcome.lateness = Span(1000);
    outcome.http.emplace();
    outcome.http->status = 200;
    outcome.http->version = "1.1";
    outcome.http->size = 1234;
    if (i % 50 == 0) {
      outcome.Fail(Reason::kConnectTimeout, Phase::kConnect, "connect to 192.0.2.1:443: timed out");
    }
  }
  return all;
}

Span CpuOf(int who) {
  rusage usage{};
  getrusage(who, &usage);
  const auto span = [](const timeval& time) {
    return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
  };
  return span(usage.ru_utime) + span(usage.ru_stime);
}

int Main(int argc, char** argv) {
  const double seconds = argc > 1 ? std::atof(argv[1]) : 60;
  const double rate = argc > 2 ? std::atof(argv[2]) : 50'000;
  const auto checks = static_cast<std::size_t>(argc > 3 ? std::max(std::atoi(argv[3]), 1) : 5000);
  const Span every = std::chrono::seconds(argc > 4 ? std::max(std::atoi(argv[4]), 1) : 15);
  const bool is_otlp_alone = argc > 5 && std::string_view(argv[5]) == "otlp";
  const auto otlp = StartReceiver(
      "HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: "
      "0\r\n\r\n");
  const auto remote_write = StartReceiver(
      "HTTP/1.1 204 No Content\r\nX-Prometheus-Remote-Write-Samples-Written: "
      "1\r\nX-Prometheus-Remote-Write-Histograms-Written: 1\r\n\r\n");
  std::string root = (std::filesystem::temp_directory_path() / "upstream_bench.XXXXXX").string();
  if (mkdtemp(root.data()) == nullptr) Die("no directory");

  UpstreamThreadOptions options;
  options.spool.state_dir = root;
  options.spool.on_error = [](const std::string& text) { fmt::print(stderr, "{}\n", text); };
  options.region = std::make_shared<Region>();
  options.sender = {"tokyo", "bench", "bench/tokyo", "1.0", "gaikei/1.0", false};
  std::vector<UpstreamSpec> specs = {Spec(UpstreamType::kOtlp, "otlp", every, otlp, "")};
  if (!is_otlp_alone) {
    specs.push_back(Spec(UpstreamType::kRemoteWrite, "remote_write", every, remote_write, "/w"));
  }
  auto upstreams = UpstreamThread::Start(std::move(options), std::move(specs));
  if (!upstreams) Die(upstreams.error());

  const std::vector<Outcome> templates = Templates(checks);
  const MonoTime began = MonoNow();
  const MonoTime end =
      began + std::chrono::duration_cast<Span>(std::chrono::duration<double>(seconds));
  const Span feeder_before = CpuOf(RUSAGE_THREAD);
  const Span all_before = CpuOf(RUSAGE_SELF);
  std::uint64_t made = 0;
  std::size_t next = 0;
  for (MonoTime tick = began; tick < end; tick += kTick) {
    std::this_thread::sleep_until(tick);
    std::vector<Outcome> batch;
    const auto due = static_cast<std::uint64_t>(Seconds(MonoNow() - began) * rate);
    const WallTime now = WallNow();
    for (; made < due; ++made) {
      batch.push_back(templates[next]);
      batch.back().scheduled_at = now;
      batch.back().started_at = now - batch.back().duration;
      next = (next + 1) % checks;
    }
    (*upstreams)->Push(std::move(batch));
  }
  const MonoTime fed = MonoNow();
  const UpstreamEnd result = (*upstreams)->Stop(60s);
  const Span cpu = (CpuOf(RUSAGE_SELF) - all_before) - (CpuOf(RUSAGE_THREAD) - feeder_before);
  fmt::print("{} samples in {:.1f} s into {} upstreams, {:.1f} s more until all was taken\n", made,
             Seconds(fed - began), result.lanes.size(), Seconds(MonoNow() - fed));
  bool is_whole = true;
  for (const LaneStatus& lane : result.lanes) {
    const LaneAccount& account = lane.account;
    fmt::print("  {:<14} produced {} sent {} spooled {} rejected {} deliveries {} fold level {}\n",
               account.name, account.produced, account.sent, account.spooled, account.rejected,
               lane.counts.taken, account.fold_level);
    is_whole = is_whole && account.sent == made;
  }
  fmt::print("  CPU per sample {:.1f} us (spool and upstreams; at most 20 for one)  {}\n",
             Seconds(cpu) * 1e6 / static_cast<double>(made), is_whole ? "no loss" : "LOSS");
  std::filesystem::remove_all(root);
  return 0;
}

}  // namespace
}  // namespace gaikei

int main(int argc, char** argv) { return gaikei::Main(argc, argv); }

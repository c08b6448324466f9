#include "probe/selftest/delay_server.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <functional>
#include <map>
#include <new>

#include "checks/io/net/arrival.h"
#include "checks/io/net/socket_option.h"
#include "probe/demo/name_server.h"
#include "probe/demo/sockets.h"

namespace gaikei::selftest {
namespace {

using io::ClockPair;

constexpr std::size_t kMaxRequest = 4096;
constexpr int kBacklog = 512;
/// A request has arrived at most so long before it is read, or its stamp is not believed.
constexpr Span kAnchorAge = std::chrono::seconds(1);

/// Delays, as both processes see them; -1: absent.
struct Row {
  std::atomic<Span::rep> resolve{-1};
  std::atomic<Span::rep> processing{-1};
  std::atomic<Span::rep> transfer{-1};
  std::atomic<Span::rep> doubt{0};
};
static_assert(std::atomic<Span::rep>::is_always_lock_free, "shared between processes");

std::optional<Span> Read(const std::atomic<Span::rep>& span) {
  const Span::rep value = span.load();
  return value < 0 ? std::nullopt : std::optional(Span(value));
}

/// The number that a text begins with; absent for none.
std::optional<std::size_t> NumberIn(std::string_view text) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end == text.data()) return std::nullopt;
  return number;
}

/// The process that answers. It has one thread, and never returns from Run().
class Answerer {
 public:
  Answerer(const std::vector<Trial>& trials, Row* rows, io::UniqueFd listener, io::UniqueFd udp)
      : trials_(trials), rows_(rows), listener_(std::move(listener)), udp_(std::move(udp)) {
    io::AskForStamps(udp_.get());
    io::AskForStamps(listener_.get());  // what it accepts has the option too
  }

  [[noreturn]] void Run() {
    while (true) {
      Wait();
      while (!due_.empty() && due_.begin()->first <= MonoNow()) {
        const std::function<void()> act = std::move(due_.begin()->second);
        due_.erase(due_.begin());
        act();
      }
    }
  }

 private:
  struct Connection {
    io::UniqueFd fd;
    std::string request = {};
    bool is_asked = false;
  };

  void Wait() {
    std::vector<pollfd> watched = {{udp_.get(), POLLIN, 0}, {listener_.get(), POLLIN, 0}};
    for (const auto& [fd, connection] : connections_) {
      if (!connection.is_asked) watched.push_back({fd, POLLIN, 0});
    }
    timespec wait{};
    if (!due_.empty()) {
      const Span left = std::max(due_.begin()->first - MonoNow(), Span::zero());
      wait = {.tv_sec = left / std::chrono::seconds(1),
              .tv_nsec = (left % std::chrono::seconds(1)).count()};
    }
    const ClockPair before = ClockPair::Now();
    if (before.mono - anchors_[1].mono > kAnchorAge) anchors_ = {anchors_[1], before};
    if (ppoll(watched.data(), watched.size(), due_.empty() ? nullptr : &wait, nullptr) <= 0) return;
    if (watched[0].revents != 0) AnswerDatagrams();
    if (watched[1].revents != 0) Accept();
    for (std::size_t i = 2; i < watched.size(); ++i) {
      if (watched[i].revents != 0) Take(watched[i].fd);
    }
  }

  void At(MonoTime when, std::function<void()> act) { due_.emplace(when, std::move(act)); }

  /// When what was read just now had come.
  MonoTime ArrivedAt(const std::optional<WallTime>& stamp) const {
    return io::ArrivalOf(stamp, anchors_[0], ClockPair::Now());
  }

  /// Notes how long after `since` it is now, which is to be called right before sending: who gets
  /// what is sent may look at once.
  static MonoTime Note(std::atomic<Span::rep>& delay, MonoTime since) {
    const MonoTime now = MonoNow();
    delay = (now - since).count();
    return now;
  }
  static void NoteDoubt(Row& row, MonoTime sent) {
    row.doubt = std::max(row.doubt.load(), (MonoNow() - sent).count());
  }

  // ---- DNS

  void AnswerDatagrams() {
    std::array<char, kMaxRequest> buffer;
    while (true) {
      sockaddr_storage peer{};
      socklen_t length = sizeof peer;
      std::optional<WallTime> stamp;
      const ssize_t size = io::ReceiveStamped(udp_.get(), buffer.data(), buffer.size(), &stamp,
                                              reinterpret_cast<sockaddr*>(&peer), &length);
      if (size < 0) return;
      const MonoTime arrived = ArrivedAt(stamp);
      const std::string_view query(buffer.data(), static_cast<std::size_t>(size));
      std::string answer = demo::AnswerQuery(query, kZone);
      // The number is the first label; in front of it stand a header of 12 bytes and its length.
      constexpr std::size_t kFirstLabel = 13;
      if (answer.empty() || query.size() <= kFirstLabel) continue;
      const auto number = NumberIn(query.substr(kFirstLabel));
      if (!number || *number >= trials_.size()) continue;
      const bool is_check = trials_[*number].kind == Trial::Kind::kDns;
      Row& row = rows_[*number];
      const Span delay = is_check ? trials_[*number].processing : trials_[*number].resolve;
      At(arrived + delay, [this, &row, is_check, arrived, answer, peer, length] {
        const MonoTime sent = Note(is_check ? row.processing : row.resolve, arrived);
        // What is lost here was no answer, and is seen as none.
        sendto(udp_.get(), answer.data(), answer.size(), 0,
               reinterpret_cast<const sockaddr*>(&peer), length);
        NoteDoubt(row, sent);
      });
    }
  }

  // ---- HTTP, and lines

  void Accept() {
    while (true) {
      io::UniqueFd fd(accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
      if (!fd.is_valid()) return;
      io::SetOption(fd.get(), IPPROTO_TCP, TCP_NODELAY, 1);
      const int number = fd.get();
      connections_[number].fd = std::move(fd);
    }
  }

  void Take(int fd) {
    Connection& connection = connections_[fd];
    std::array<char, kMaxRequest> buffer;
    std::optional<WallTime> stamp;
    const ssize_t size = io::ReceiveStamped(fd, buffer.data(), buffer.size(), &stamp);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (size <= 0 || connection.request.size() > kMaxRequest) {
      connections_.erase(fd);
      return;
    }
    const MonoTime arrived = ArrivedAt(stamp);
    std::string& request = connection.request;
    request.append(buffer.data(), static_cast<std::size_t>(size));
    constexpr std::string_view kGet = "GET /";
    const bool is_http = request.starts_with(kGet);
    if (!request.ends_with(is_http ? "\r\n\r\n" : "\n")) return;
    const auto number = NumberIn(std::string_view(request).substr(is_http ? kGet.size() : 0));
    if (!number || *number >= trials_.size()) {
      connections_.erase(fd);
      return;
    }
    connection.is_asked = true;
    At(arrived + trials_[*number].processing,
       [this, fd, arrived, is_http, number] { Answer(fd, arrived, is_http, *number); });
  }

  void Answer(int fd, MonoTime arrived, bool is_http, std::size_t number) {
    constexpr std::string_view kBeginning =
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\na";
    Row& row = rows_[number];
    const MonoTime first = Note(row.processing, arrived);
    SendText(fd, is_http ? kBeginning : "ok\n");
    NoteDoubt(row, first);
    if (!is_http) {
      connections_.erase(fd);
      return;
    }
    At(first + trials_[number].transfer, [this, fd, first, &row] {
      const MonoTime last = Note(row.transfer, first);
      SendText(fd, "b");
      NoteDoubt(row, last);
      connections_.erase(fd);
    });
  }

  /// A peer that is gone needs none.
  static void SendText(int fd, std::string_view text) {
    send(fd, text.data(), text.size(), MSG_NOSIGNAL);
  }

  const std::vector<Trial>& trials_;
  Row* const rows_;
  const io::UniqueFd listener_;
  const io::UniqueFd udp_;
  std::map<int, Connection> connections_;  ///< by descriptor
  std::multimap<MonoTime, std::function<void()>> due_;
  /// Both clocks at two times of which the first is a second old or more, and not much more.
  std::array<ClockPair, 2> anchors_ = {ClockPair::Now(), ClockPair::Now()};
};

}  // namespace

struct DelayServer::Impl {
  std::uint16_t tcp_port = 0;
  std::uint16_t udp_port = 0;
  Row* rows = nullptr;
  std::size_t count = 0;
  pid_t process = -1;

  ~Impl() {
    if (process > 0) {
      kill(process, SIGKILL);
      waitpid(process, nullptr, 0);
    }
    if (rows != nullptr) munmap(rows, count * sizeof(Row));
  }

  bool MapRows(std::size_t wanted) {
    count = wanted;
    void* shared = mmap(nullptr, count * sizeof(Row), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) return false;
    rows = static_cast<Row*>(shared);
    for (std::size_t i = 0; i < count; ++i) new (rows + i) Row;
    return true;
  }
};

DelayServer::DelayServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
DelayServer::~DelayServer() = default;

std::uint16_t DelayServer::tcp_port() const { return impl_->tcp_port; }
std::uint16_t DelayServer::udp_port() const { return impl_->udp_port; }

Delays DelayServer::Of(std::size_t trial) const {
  const Row& row = impl_->rows[trial];
  return {.resolve = Read(row.resolve),
          .processing = Read(row.processing),
          .transfer = Read(row.transfer),
          .doubt = Span(row.doubt.load())};
}

tl::expected<std::unique_ptr<DelayServer>, std::string> DelayServer::Start(
    const std::vector<Trial>& trials) {
  auto listener = demo::BindLoopback(SOCK_STREAM);
  if (!listener) return tl::unexpected(listener.error());
  auto udp = demo::BindLoopback(SOCK_DGRAM);
  if (!udp) return tl::unexpected(udp.error());
  auto impl = std::make_unique<Impl>();
  if (listen(listener->get(), kBacklog) != 0 || !impl->MapRows(trials.size())) {
    return tl::unexpected(std::string("cannot start the server: ") + std::strerror(errno));
  }
  impl->tcp_port = demo::PortOf(*listener);
  impl->udp_port = demo::PortOf(*udp);
  const pid_t parent = getpid();
  impl->process = fork();
  if (impl->process < 0) {
    return tl::unexpected(std::string("cannot start the server: ") + std::strerror(errno));
  }
  if (impl->process == 0) {
    // Ends with its parent, and by it alone.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(1);
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) std::signal(number, SIG_IGN);
    prctl(PR_SET_TIMERSLACK, 1UL);
    Answerer(trials, impl->rows, std::move(*listener), std::move(*udp)).Run();
  }
  return std::unique_ptr<DelayServer>(new DelayServer(std::move(impl)));
}

}  // namespace gaikei::selftest

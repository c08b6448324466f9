// A server that knows how long it took. GET /ID/MICROSECONDS is answered after that time; at the
// end (SIGTERM) it prints a line for each answer: the ID, and in nanoseconds of CLOCK_REALTIME when
// the connection was accepted, when the kernel had the request, and when the answer was written.
// The kernel's own time of receipt counts, so that what this process is late is not taken for the
// network's.
//
// delay_server PORT

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <map>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace {

using Nanoseconds = std::int64_t;

constexpr std::string_view kAnswer =
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\nConnection: "
    "close\r\n\r\nok";

struct Exchange {
  long id = 0;
  Nanoseconds accepted = 0;
  Nanoseconds read = 0;
  Nanoseconds wrote = 0;
  Nanoseconds due = 0;  ///< when it is to be answered; 0: not asked yet, or answered
};

[[noreturn]] void Die(const char* what) {
  std::perror(what);
  std::exit(1);
}

Nanoseconds FromTime(const timespec& time) {
  return static_cast<Nanoseconds>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

Nanoseconds Now() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return FromTime(now);
}

class Server {
 public:
  explicit Server(std::uint16_t port) : poll_(epoll_create1(EPOLL_CLOEXEC)) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const int on = 1;
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    // Accepted connections inherit it.
    if (setsockopt(listener_, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) != 0 ||
        setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
        listen(listener_, 4096) != 0) {
      Die("listener");
    }
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_BLOCK, &set, nullptr);
    signal_ = signalfd(-1, &set, SFD_CLOEXEC);
    Watch(listener_);
    Watch(signal_);
  }

  void Run() {
    std::array<epoll_event, 64> events{};
    for (;;) {
      const int count = Wait(events);
      for (int i = 0; i < count; ++i) {
        const int fd = events[static_cast<std::size_t>(i)].data.fd;
        if (fd == signal_) return;
        if (fd == listener_) {
          Accept();
        } else {
          Read(fd);
        }
      }
      AnswerDue();
    }
  }

  void Print() const {
    for (const Exchange& one : done_) {
      std::printf("%ld %lld %lld %lld\n", one.id, static_cast<long long>(one.accepted),
                  static_cast<long long>(one.read), static_cast<long long>(one.wrote));
    }
  }

 private:
  void Watch(int fd) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    if (epoll_ctl(poll_, EPOLL_CTL_ADD, fd, &event) != 0) Die("epoll_ctl");
  }

  int Wait(std::array<epoll_event, 64>& events) {
    timespec pause{3600, 0};
    if (!due_.empty()) {
      const Nanoseconds left = std::max<Nanoseconds>(due_.begin()->first - Now(), 0);
      pause = {static_cast<time_t>(left / 1'000'000'000), static_cast<long>(left % 1'000'000'000)};
    }
    return epoll_pwait2(poll_, events.data(), static_cast<int>(events.size()), &pause, nullptr);
  }

  void Accept() {
    for (;;) {
      const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
      if (fd < 0) return;
      open_[fd].accepted = Now();
      Watch(fd);
    }
  }

  /// Requests are small: one comes in one piece, and there is one on a connection.
  void Read(int fd) {
    std::array<char, 4096> data{};
    std::array<char, 256> control{};
    iovec piece{data.data(), data.size() - 1};
    msghdr message{};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t n = recvmsg(fd, &message, 0);
    if (n <= 0) return Close(fd);
    const std::string_view text(data.data(), static_cast<std::size_t>(n));
    Exchange& exchange = open_[fd];
    long delay = 0;
    if (!text.ends_with("\r\n\r\n") ||
        std::sscanf(data.data(), "GET /%ld/%ld ", &exchange.id, &delay) != 2) {
      return Close(fd);
    }
    exchange.read = ReceivedAt(message);
    exchange.due = exchange.read + delay * 1000;
    due_.emplace(exchange.due, fd);
  }

  static Nanoseconds ReceivedAt(msghdr& message) {
    for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
         part = CMSG_NXTHDR(&message, part)) {
      if (part->cmsg_level == SOL_SOCKET && part->cmsg_type == SCM_TIMESTAMPNS) {
        timespec time{};
        std::memcpy(&time, CMSG_DATA(part), sizeof time);
        return FromTime(time);
      }
    }
    Die("the kernel tells no time of receipt");
  }

  void AnswerDue() {
    while (!due_.empty() && due_.begin()->first <= Now()) {
      const int fd = due_.begin()->second;
      due_.erase(due_.begin());
      Exchange& exchange = open_[fd];
      exchange.due = 0;
      exchange.wrote = Now();
      if (write(fd, kAnswer.data(), kAnswer.size()) == static_cast<ssize_t>(kAnswer.size())) {
        done_.push_back(exchange);
      }
      Close(fd);
    }
  }

  void Close(int fd) {
    if (const Nanoseconds due = open_[fd].due; due != 0) {
      auto at = due_.lower_bound(due);
      while (at->second != fd) ++at;
      due_.erase(at);
    }
    open_.erase(fd);
    close(fd);
  }

  int poll_;
  int listener_ = -1;
  int signal_ = -1;
  std::unordered_map<int, Exchange> open_;
  std::multimap<Nanoseconds, int> due_;
  std::vector<Exchange> done_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) Die("delay_server PORT");
  signal(SIGPIPE, SIG_IGN);
  prctl(PR_SET_TIMERSLACK, 1000);  // nanoseconds: the delay is to be what was asked for
  Server server(static_cast<std::uint16_t>(std::atoi(argv[1])));
  server.Run();
  server.Print();
  return 0;
}

// What a server that sends without end costs the checks beside it: 200 healthy checks a second on
// one loop, alone and next to a check whose body comes as fast as the machine can carry it. Rounds
// with and without it take turns, so that whatever else the machine does meets both alike.
//
// hog_bench [SECONDS a round] [ROUNDS]

#include <fmt/core.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "checks/check.h"
#include "checks/io/engine.h"
#include "checks/io/loop/loop.h"
#include "checks/io/loop/timer.h"
#include "checks/io/tls/certificate_maker.h"
#include "checks/kinds.h"
#include "checks/spec.h"

namespace gaikei {
namespace {

using namespace std::chrono_literals;

constexpr unsigned kHealthy = 200;  ///< checks, each once a second
constexpr std::size_t kPiece = 256 * 1024;

void Die(const std::string& what) {
  fmt::print(stderr, "hog_bench: {}\n", what);
  std::exit(1);
}

/// A socket that listens on a free port of the loopback.
std::pair<int, std::uint16_t> Listen() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  if (fd < 0 || bind(fd, reinterpret_cast<sockaddr*>(&address), length) != 0 ||
      listen(fd, 512) != 0 ||
      getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    Die("no port");
  }
  return {fd, ntohs(address.sin_port)};
}

/// A child process that serves; it ends with this one.
class Child {
 public:
  explicit Child(const std::function<void()>& serve) : pid_(fork()) {
    if (pid_ != 0) return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    serve();
    _exit(0);
  }
  ~Child() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

 private:
  const pid_t pid_;
};

/// Answers every request with two bytes, and closes.
void ServeHealthy(int listener) {
  static constexpr char kAnswer[] =
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";
  const int poll = epoll_create1(0);
  epoll_event event{.events = EPOLLIN, .data = {.fd = listener}};
  epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event);
  std::array<epoll_event, 64> ready{};
  std::array<char, 4096> request{};
  while (true) {
    const int count = epoll_wait(poll, ready.data(), static_cast<int>(ready.size()), -1);
    for (int i = 0; i < count; ++i) {
      const int fd = ready[static_cast<std::size_t>(i)].data.fd;
      if (fd == listener) {
        event.data.fd = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
        epoll_ctl(poll, EPOLL_CTL_ADD, event.data.fd, &event);
        continue;
      }
      if (recv(fd, request.data(), request.size(), 0) > 0) {
        send(fd, kAnswer, sizeof kAnswer - 1, MSG_NOSIGNAL);
      }
      close(fd);
    }
  }
}

constexpr char kHogHead[] = "HTTP/1.1 200 OK\r\n\r\n";

void HogPlain(int fd) {
  const std::string piece(kPiece, 'x');
  std::array<char, 4096> request{};
  recv(fd, request.data(), request.size(), 0);
  send(fd, kHogHead, sizeof kHogHead - 1, MSG_NOSIGNAL);
  while (send(fd, piece.data(), piece.size(), MSG_NOSIGNAL) > 0) {
  }
  close(fd);
}

void HogSecure(int fd, SSL_CTX* context) {
  const std::string piece(kPiece, 'x');
  std::array<char, 4096> request{};
  SSL* ssl = SSL_new(context);
  SSL_set_fd(ssl, fd);
  if (SSL_accept(ssl) == 1 && SSL_read(ssl, request.data(), sizeof request) > 0) {
    SSL_write(ssl, kHogHead, sizeof kHogHead - 1);
    while (SSL_write(ssl, piece.data(), static_cast<int>(piece.size())) > 0) {
    }
  }
  SSL_free(ssl);
  close(fd);
}

SSL_CTX* ServerContext(const io::CertifiedKey& pair) {
  SSL_CTX* context = SSL_CTX_new(TLS_server_method());
  BIO* certificate = BIO_new_mem_buf(pair.certificate.data(), -1);
  BIO* key = BIO_new_mem_buf(pair.key.data(), -1);
  SSL_CTX_use_certificate(context, PEM_read_bio_X509(certificate, nullptr, nullptr, nullptr));
  SSL_CTX_use_PrivateKey(context, PEM_read_bio_PrivateKey(key, nullptr, nullptr, nullptr));
  return context;
}

/// One endless body a connection, on a thread of its own.
void ServeHog(int listener, SSL_CTX* context) {
  signal(SIGPIPE, SIG_IGN);
  while (true) {
    const int fd = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    std::thread([fd, context] {
      if (context == nullptr) return HogPlain(fd);
      HogSecure(fd, context);
    }).detach();
  }
}

std::unique_ptr<Check> Make(const std::string& url) {
  auto identity = std::make_shared<CheckIdentity>();
  identity->name = "check";
  identity->kind = "http";
  identity->target = url;
  CheckSpec spec;
  spec.identity = std::move(identity);
  spec.target = Secret(url, false);
  spec.tls.insecure = true;
  spec.http.max_body = 64 * 1024 * 1024;
  auto check = MakeCheck(spec);
  if (!check) Die(check.error());
  return std::move(*check);
}

/// Runs a check again and again on a loop: at fixed times, or without a pause.
class Repeater {
 public:
  Repeater(io::Loop& loop, io::Engine& engine, const Check& check, Span every,
           std::function<void(const Observation&, Span)> told)
      : engine_(engine),
        check_(check),
        every_(every),
        told_(std::move(told)),
        timer_(loop),
        due_(MonoNow()) {}

  /// `due`: when the first run is due; later ones follow at `every`.
  void Begin(MonoTime due) {
    due_ = due;
    timer_.Arm(due_ - MonoNow(), [this] { Start(); });
  }

 private:
  void Start() {
    attempt_ = check_.Start({engine_, region_, 10s}, [this](Observation seen) {
      told_(seen, MonoNow() - due_);
      due_ = every_ == Span(0) ? MonoNow() : due_ + every_;
      timer_.Arm(std::max(due_ - MonoNow(), Span(0)), [this] { Start(); });
    });
  }

  io::Engine& engine_;
  const Check& check_;
  const Region region_;
  const Span every_;
  const std::function<void(const Observation&, Span)> told_;
  io::Timer timer_;
  MonoTime due_;
  std::unique_ptr<Attempt> attempt_;
};

struct Figures {
  std::vector<Span> spans;   ///< of the healthy checks, due to done: lateness included
  std::uint64_t hogged = 0;  ///< bytes of endless bodies read
  unsigned failures = 0;     ///< healthy checks that did not pass: there must be none
};

void RunRound(const Check& healthy, const Check* hog, Span length, Figures& figures) {
  io::Loop loop;
  io::Engine engine(loop);
  std::vector<std::unique_ptr<Repeater>> all;
  const MonoTime start = MonoNow() + 100ms;
  for (unsigned i = 0; i < kHealthy; ++i) {
    all.push_back(std::make_unique<Repeater>(loop, engine, healthy, 1s,
                                             [&](const Observation& seen, Span span) {
                                               figures.spans.push_back(span);
                                               if (seen.status != Status::kPass) ++figures.failures;
                                             }));
    all.back()->Begin(start + Span(1s) * i / kHealthy);
  }
  if (hog != nullptr) {
    all.push_back(std::make_unique<Repeater>(
        loop, engine, *hog, Span(0),
        [&](const Observation& seen, Span) { figures.hogged += seen.http ? seen.http->size : 0; }));
    all.back()->Begin(start);
  }
  io::Timer end(loop);
  end.Arm(length + 100ms, [&loop] { loop.Stop(); });
  loop.Run();
}

double Percentile(std::vector<Span>& spans, double part) {
  if (spans.empty()) return 0;
  std::sort(spans.begin(), spans.end());
  const auto index = static_cast<std::size_t>(part * static_cast<double>(spans.size() - 1));
  return std::chrono::duration<double, std::milli>(spans[index]).count();
}

void Compare(const std::string& name, const Check& healthy, const Check& hog, Span length,
             int rounds) {
  Figures alone;
  Figures beside;
  for (int i = 0; i < rounds; ++i) {
    RunRound(healthy, nullptr, length, alone);
    RunRound(healthy, &hog, length, beside);
  }
  const double seconds = std::chrono::duration<double>(length).count() * rounds;
  const double p99_alone = Percentile(alone.spans, 0.99);
  const double p99_beside = Percentile(beside.spans, 0.99);
  fmt::print(
      "{}: {} healthy checks, p50 {:.2f} ms and p99 {:.2f} ms alone; p50 {:.2f} ms and p99 {:.2f} "
      "ms beside {:.0f} MB/s; p99 ratio {:.2f}; failed {}\n",
      name, alone.spans.size() + beside.spans.size(), Percentile(alone.spans, 0.5), p99_alone,
      Percentile(beside.spans, 0.5), p99_beside, static_cast<double>(beside.hogged) / seconds / 1e6,
      p99_beside / p99_alone, alone.failures + beside.failures);
}

int Main(int count, char** words) {
  const Span length = std::chrono::seconds(count > 1 ? std::atoi(words[1]) : 3);
  const int rounds = count > 2 ? std::atoi(words[2]) : 5;
  const auto [healthy_socket, healthy_port] = Listen();
  const auto [plain_socket, plain_port] = Listen();
  const auto [secure_socket, secure_port] = Listen();
  const io::CertifiedKey pair = io::MakeCertificate({.addresses = {"127.0.0.1"}});
  const Child healthy_server([fd = healthy_socket] { ServeHealthy(fd); });
  const Child plain_server([fd = plain_socket] { ServeHog(fd, nullptr); });
  const Child secure_server([fd = secure_socket, &pair] { ServeHog(fd, ServerContext(pair)); });

  const auto healthy = Make(fmt::format("http://127.0.0.1:{}/", healthy_port));
  const auto plain = Make(fmt::format("http://127.0.0.1:{}/", plain_port));
  const auto secure = Make(fmt::format("https://127.0.0.1:{}/", secure_port));
  Compare("endless body, http", *healthy, *plain, length, rounds);
  Compare("endless body, https", *healthy, *secure, length, rounds);
  return 0;
}

}  // namespace
}  // namespace gaikei

int main(int count, char** words) { return gaikei::Main(count, words); }

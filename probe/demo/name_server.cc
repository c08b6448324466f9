#include "probe/demo/name_server.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <thread>

#include "probe/demo/sockets.h"
#include "results/ascii.h"

namespace gaikei::demo {
namespace {

constexpr std::size_t kHeaderSize = 12;
constexpr std::size_t kMaxQuery = 512;
constexpr std::size_t kMaxLabel = 63;

unsigned ByteAt(std::string_view text, std::size_t at) {
  return static_cast<unsigned char>(text[at]);
}

unsigned WordAt(std::string_view text, std::size_t at) {
  return ByteAt(text, at) << 8U | ByteAt(text, at + 1);
}

void AddWord(std::string& out, unsigned word) {
  out += static_cast<char>(word >> 8U);
  out += static_cast<char>(word & 0xFFU);
}

/// The name that begins behind the header, in lower case with dots; `end` is set behind it. False
/// when it is not whole.
bool ReadName(std::string_view query, std::string* name, std::size_t* end) {
  std::size_t at = kHeaderSize;
  while (at < query.size()) {
    const std::size_t length = ByteAt(query, at++);
    if (length == 0) {
      *end = at;
      return true;
    }
    if (length > kMaxLabel || at + length > query.size()) return false;
    if (!name->empty()) *name += '.';
    *name += LowerCase(query.substr(at, length));
    at += length;
  }
  return false;
}

bool IsWithin(std::string_view name, std::string_view zone) {
  if (name == zone) return true;
  return name.size() > zone.size() && name.substr(name.size() - zone.size()) == zone &&
         name[name.size() - zone.size() - 1] == '.';
}

}  // namespace

std::string AnswerQuery(std::string_view query, std::string_view zone) {
  constexpr unsigned kTypeA = 1;
  constexpr unsigned kNxdomain = 3;
  if (query.size() < kHeaderSize || (ByteAt(query, 2) & 0x80U) != 0 || WordAt(query, 4) != 1) {
    return {};
  }
  std::string name;
  std::size_t end = 0;
  if (!ReadName(query, &name, &end) || end + 4 > query.size()) return {};
  const bool exists = IsWithin(name, zone) && name != "nowhere." + std::string(zone);
  const bool has_address = exists && WordAt(query, end) == kTypeA;

  std::string answer(query.substr(0, 2));
  // QR and AA, RD as asked, RA (RFC 1035, 4.1.1).
  AddWord(answer, 0x8480U | (WordAt(query, 2) & 0x0100U) | (exists ? 0 : kNxdomain));
  AddWord(answer, 1);
  AddWord(answer, has_address ? 1 : 0);
  AddWord(answer, 0);
  AddWord(answer, 0);
  answer += query.substr(kHeaderSize, end + 4 - kHeaderSize);
  if (!has_address) return answer;
  AddWord(answer, 0xC000U | kHeaderSize);  // the name of the question
  AddWord(answer, kTypeA);
  AddWord(answer, 1);  // class IN
  AddWord(answer, 0);
  AddWord(answer, 60);  // time to live
  AddWord(answer, 4);
  answer += std::string("\x7F\x00\x00\x01", 4);
  return answer;
}

struct NameServer::Impl {
  std::string zone;
  io::UniqueFd socket;
  io::UniqueFd stop;
  std::thread thread;

  void Run() const {
    std::array<pollfd, 2> watched = {pollfd{socket.get(), POLLIN, 0},
                                     pollfd{stop.get(), POLLIN, 0}};
    while (poll(watched.data(), watched.size(), -1) >= 0 || errno == EINTR) {
      if (watched[1].revents != 0) return;
      AnswerOne();
    }
  }

  void AnswerOne() const {
    std::array<char, kMaxQuery> buffer{};
    sockaddr_storage peer{};
    socklen_t length = sizeof(peer);
    const ssize_t size = recvfrom(socket.get(), buffer.data(), buffer.size(), 0,
                                  reinterpret_cast<sockaddr*>(&peer), &length);
    if (size <= 0) return;
    const std::string answer = AnswerQuery({buffer.data(), static_cast<std::size_t>(size)}, zone);
    if (answer.empty()) return;
    // Lost answers are asked for again.
    sendto(socket.get(), answer.data(), answer.size(), 0, reinterpret_cast<sockaddr*>(&peer),
           length);
  }
};

NameServer::NameServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

NameServer::~NameServer() {
  eventfd_write(impl_->stop.get(), 1);
  impl_->thread.join();
}

std::uint16_t NameServer::port() const { return PortOf(impl_->socket); }

tl::expected<std::unique_ptr<NameServer>, std::string> NameServer::Start(std::string zone) {
  auto socket = BindLoopback(SOCK_DGRAM);
  if (!socket) return tl::unexpected(socket.error());
  auto impl = std::make_unique<Impl>();
  impl->zone = std::move(zone);
  impl->socket = std::move(*socket);
  impl->stop.Reset(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!impl->stop.is_valid()) return tl::unexpected(std::string("cannot make an eventfd"));
  impl->thread = std::thread([running = impl.get()] { running->Run(); });
  return std::unique_ptr<NameServer>(new NameServer(std::move(impl)));
}

}  // namespace gaikei::demo

#include "tests/checks/io/dns_script.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include "tests/checks/io/dns_bytes.h"

namespace gaikei::io {
namespace {

DnsQuestion ReadQuestion(const std::string& message, bool is_tcp) {
  DnsQuestion question{.name = {}, .type = 0, .is_tcp = is_tcp, .message = message};
  std::size_t at = 12;
  while (at < message.size() && message[at] != 0) {
    const auto size = static_cast<std::size_t>(message[at]);
    if (!question.name.empty()) question.name += '.';
    question.name += message.substr(at + 1, size);
    at += size + 1;
  }
  question.type = static_cast<std::uint16_t>((static_cast<unsigned char>(message.at(at + 1)) << 8) |
                                             static_cast<unsigned char>(message.at(at + 2)));
  return question;
}

UniqueFd BoundSocket(int type, const std::string& host, std::uint16_t port, std::uint16_t* bound) {
  UniqueFd fd(socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const Address address = *Address::Parse(host, port);
  if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&address.storage), address.length) != 0) {
    return UniqueFd();
  }
  Address actual;
  actual.length = sizeof actual.storage;
  getsockname(fd.get(), reinterpret_cast<sockaddr*>(&actual.storage), &actual.length);
  *bound = actual.port();
  return fd;
}

}  // namespace

DnsReply::DnsReply(const DnsQuestion& question, int rcode) {
  bytes_ = question.message.substr(0, 2);
  bytes_ += static_cast<char>(0x81);
  bytes_ += static_cast<char>(0x80 | rcode);
  bytes_ += U16(1) + U16(0) + U16(0) + U16(0);
  bytes_ += WireName(question.name) + U16(question.type) + U16(1);
}

std::string DnsReply::Record(const std::string& owner, std::uint16_t type,
                             const std::string& data) const {
  return WireName(owner) + U16(type) + U16(1) + U32(ttl_) +
         U16(static_cast<unsigned>(data.size())) + data;
}

DnsReply& DnsReply::Raw(const std::string& owner, std::uint16_t type, const std::string& data) {
  bytes_ += Record(owner, type, data);
  bytes_.replace(6, 2, U16(++answers_));
  return *this;
}

DnsReply& DnsReply::A(const std::string& owner, const std::string& address) {
  std::array<char, 4> data{};
  inet_pton(AF_INET, address.c_str(), data.data());
  return Raw(owner, kTypeA, std::string(data.data(), data.size()));
}

DnsReply& DnsReply::Aaaa(const std::string& owner, const std::string& address) {
  std::array<char, 16> data{};
  inet_pton(AF_INET6, address.c_str(), data.data());
  return Raw(owner, kTypeAaaa, std::string(data.data(), data.size()));
}

DnsReply& DnsReply::Cname(const std::string& owner, const std::string& target) {
  return Raw(owner, kTypeCname, WireName(target));
}

DnsReply& DnsReply::Truncated() {
  bytes_[2] = static_cast<char>(bytes_[2] | 0x02);
  return *this;
}

DnsReply& DnsReply::Ttl(std::uint32_t ttl) {
  ttl_ = ttl;
  return *this;
}

DnsReply& DnsReply::Soa(const std::string& owner, std::uint32_t minimum) {
  const std::string data = WireName("ns." + owner) + WireName("admin." + owner) + U32(1) +
                           U32(3600) + U32(600) + U32(86400) + U32(minimum);
  bytes_ += Record(owner, kTypeSoa, data);
  bytes_.replace(8, 2, U16(1));
  return *this;
}

// One TCP connection: messages behind two bytes of length (RFC 1035, 4.2.2).
struct DnsScript::TcpPeer {
  UniqueFd fd;
  std::unique_ptr<FdWatch> watch;
  std::string received;
};

DnsScript::DnsScript(Loop& loop, Script script, const std::string& address, std::uint16_t port)
    : loop_(loop), script_(std::move(script)), address_(address) {
  // A port that is free for UDP need not be free for TCP.
  for (int attempt = 0; attempt < 100 && !tcp_.is_valid(); ++attempt) {
    udp_ = BoundSocket(SOCK_DGRAM, address_, port, &port_);
    tcp_ = BoundSocket(SOCK_STREAM, address_, port_, &port_);
  }
  if (!tcp_.is_valid() || listen(tcp_.get(), 16) != 0) throw std::runtime_error("no port for DNS");
  udp_watch_ = std::make_unique<FdWatch>(loop_, udp_.get());
  udp_watch_->Start(FdWatch::kReadable, [this](int, bool) { OnDatagram(); });
  tcp_watch_ = std::make_unique<FdWatch>(loop_, tcp_.get());
  tcp_watch_->Start(FdWatch::kReadable, [this](int, bool) { OnConnection(); });
}

DnsScript::~DnsScript() {
  for (const std::unique_ptr<TcpPeer>& peer : peers_) peer->watch.reset();
  udp_watch_.reset();
  tcp_watch_.reset();
}

std::size_t DnsScript::Count(std::uint16_t type) const {
  return static_cast<std::size_t>(
      std::count_if(questions_.begin(), questions_.end(),
                    [type](const DnsQuestion& question) { return question.type == type; }));
}

std::string DnsScript::Text() const { return address_ + ":" + std::to_string(port_); }

void DnsScript::OnDatagram() {
  std::array<char, 4096> buffer{};
  sockaddr_storage from{};
  socklen_t length = sizeof from;
  const ssize_t count = recvfrom(udp_.get(), buffer.data(), buffer.size(), 0,
                                 reinterpret_cast<sockaddr*>(&from), &length);
  if (count <= 0) return;
  const DnsQuestion question =
      ReadQuestion(std::string(buffer.data(), static_cast<std::size_t>(count)), false);
  if (strays_) {
    std::uint16_t port = 0;
    const UniqueFd elsewhere = BoundSocket(SOCK_DGRAM, address_, 0, &port);
    for (const Stray& stray : strays_(question)) {
      sendto(stray.is_from_elsewhere ? elsewhere.get() : udp_.get(), stray.bytes.data(),
             stray.bytes.size(), 0, reinterpret_cast<const sockaddr*>(&from), length);
    }
  }
  Answer(question, [this, from, length](const std::string& reply) {
    sendto(udp_.get(), reply.data(), reply.size(), 0, reinterpret_cast<const sockaddr*>(&from),
           length);
  });
}

void DnsScript::OnConnection() {
  UniqueFd fd(accept4(tcp_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!fd.is_valid()) return;
  auto peer = std::make_unique<TcpPeer>();
  peer->watch = std::make_unique<FdWatch>(loop_, fd.get());
  peer->fd = std::move(fd);
  TcpPeer* raw = peer.get();
  peers_.push_back(std::move(peer));
  raw->watch->Start(FdWatch::kReadable, [this, raw](int, bool) {
    std::array<char, 4096> buffer{};
    const ssize_t count = recv(raw->fd.get(), buffer.data(), buffer.size(), 0);
    if (count <= 0) {
      raw->watch.reset();
      return;
    }
    raw->received.append(buffer.data(), static_cast<std::size_t>(count));
    if (raw->received.size() < 2) return;
    const auto size = static_cast<std::size_t>((static_cast<unsigned char>(raw->received[0]) << 8) |
                                               static_cast<unsigned char>(raw->received[1]));
    if (raw->received.size() < 2 + size) return;
    Answer(ReadQuestion(raw->received.substr(2, size), true), [raw](const std::string& reply) {
      const std::string framed = U16(static_cast<unsigned>(reply.size())) + reply;
      send(raw->fd.get(), framed.data(), framed.size(), MSG_NOSIGNAL);
    });
    raw->received.erase(0, 2 + size);
  });
}

void DnsScript::Answer(const DnsQuestion& question, std::function<void(const std::string&)> send) {
  questions_.push_back(question);
  std::string reply = script_(question);
  if (reply.empty()) return;
  const auto delay = delays_.find(question.type);
  if (delay == delays_.end()) {
    send(reply);
    return;
  }
  held_back_.push_back(std::make_unique<Timer>(loop_));
  held_back_.back()->Arm(delay->second,
                         [send = std::move(send), reply = std::move(reply)] { send(reply); });
}

}  // namespace gaikei::io

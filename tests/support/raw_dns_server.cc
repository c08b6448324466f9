#include "tests/support/raw_dns_server.h"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <optional>
#include <system_error>

namespace gaikei::support {

RawDnsServer::RawDnsServer(OnDatagram on_datagram, const TcpServer::Handler& on_stream)
    : on_datagram_(std::move(on_datagram)), elsewhere_(BindSocket(SOCK_DGRAM, "127.0.0.1", 0)) {
  // A port that UDP has may be taken by another's TCP, so look until one is free in both.
  for (int attempt = 0;; ++attempt) {
    udp_ = BindSocket(SOCK_DGRAM, "127.0.0.1", 0);
    try {
      if (on_stream) {
        tcp_ = std::make_unique<TcpServer>(on_stream, ListenOptions{.port = port()});
      } else {
        refusing_ = BindSocket(SOCK_STREAM, "127.0.0.1", port());
      }
      break;
    } catch (const std::system_error&) {
      if (attempt == 20) throw;
    }
  }
  thread_ = std::thread([this] { AnswerDatagrams(); });
}

RawDnsServer::~RawDnsServer() {
  stop_.Raise();
  thread_.join();
}

void RawDnsServer::AnswerDatagrams() {
  BlockSignals();
  char buffer[65536];
  while (WaitFor(udp_.get(), POLLIN, &stop_) == Wake::kReady) {
    sockaddr_storage peer{};
    socklen_t length = sizeof(peer);
    const ssize_t count = recvfrom(udp_.get(), buffer, sizeof(buffer), 0,
                                   reinterpret_cast<sockaddr*>(&peer), &length);
    if (count < 0) continue;
    for (const RawDatagram& datagram :
         on_datagram_(std::string(buffer, static_cast<std::size_t>(count)))) {
      // Nothing is ever ready there but the end.
      if (datagram.after.count() > 0 &&
          WaitFor(stop_.fd(), POLLIN, nullptr, datagram.after) == Wake::kReady) {
        return;
      }
      sendto((datagram.from_elsewhere ? elsewhere_ : udp_).get(), datagram.bytes.data(),
             datagram.bytes.size(), 0, reinterpret_cast<const sockaddr*>(&peer), length);
    }
  }
}

std::string WithLength(const std::string& message) {
  std::string out;
  out.push_back(static_cast<char>(message.size() >> 8U & 0xFFU));
  out.push_back(static_cast<char>(message.size() & 0xFFU));
  return out + message;
}

std::string ReadMessage(Connection& connection) {
  const std::optional<std::string> prefix = connection.ReadExactly(2);
  if (!prefix) return {};
  const std::size_t size = static_cast<std::size_t>(static_cast<unsigned char>((*prefix)[0]))
                               << 8U |
                           static_cast<unsigned char>((*prefix)[1]);
  return connection.ReadExactly(size).value_or("");
}

RefusingUdpPort::RefusingUdpPort() : fd_(BindSocket(SOCK_DGRAM, "127.0.0.1", 0)) {
  const SocketAddress discard("127.0.0.1", 9);
  if (connect(fd_.get(), discard.get(), discard.length) != 0) {
    throw std::system_error(errno, std::generic_category(), "connect");
  }
}

}  // namespace gaikei::support

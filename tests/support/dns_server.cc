#include "tests/support/dns_server.h"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <memory>
#include <system_error>
#include <utility>

namespace gaikei::support {
namespace {

/// Bytes of questions that may wait, so that a burst of them loses none.
constexpr int kBurst = 16 << 20;

DnsServer::Handler FromTable(std::multimap<std::string, std::string> addresses) {
  return [addresses = std::move(addresses)](const DnsQuery& query) {
    DnsReply reply;
    const auto [begin, end] = addresses.equal_range(query.name);
    if (begin == end) reply.rcode = kRcodeNxdomain;
    for (auto it = begin; it != end; ++it) {
      DnsRecord record = DnsRecord::Address(query.name, it->second);
      if (record.type == query.type) reply.answer.push_back(std::move(record));
    }
    return reply;
  };
}

}  // namespace

DnsServer::DnsServer(Handler handler, const std::string& address) : handler_(std::move(handler)) {
  // A port that UDP has may be taken by another's TCP, so look until one is free in both.
  for (int attempt = 0; !tcp_; ++attempt) {
    udp_ = BindSocket(SOCK_DGRAM, address, 0);
    setsockopt(udp_.get(), SOL_SOCKET, SO_RCVBUFFORCE, &kBurst, sizeof(kBurst));
    try {
      tcp_ = std::make_unique<TcpServer>(
          [this](Connection& connection) { AnswerStream(connection); },
          ListenOptions{.address = address, .port = PortOf(udp_.get())});
    } catch (const std::system_error&) {
      if (attempt == 20) throw;
    }
  }
  udp_thread_ = std::thread([this] { AnswerDatagrams(); });
}

DnsServer::DnsServer(std::multimap<std::string, std::string> addresses)
    : DnsServer(FromTable(std::move(addresses))) {}

DnsServer::~DnsServer() {
  stop_.Raise();
  udp_thread_.join();
}

std::size_t DnsServer::queries() const {
  const std::lock_guard lock(mutex_);
  return queries_.size();
}

std::vector<DnsQuery> DnsServer::Queries() const {
  const std::lock_guard lock(mutex_);
  return queries_;
}

std::string DnsServer::Answer(const std::string& message, bool is_tcp) {
  std::optional<DnsQuery> query = ParseDnsQuery(message);
  if (!query) return {};
  query->is_tcp = is_tcp;
  DnsReply reply;
  {
    const std::lock_guard lock(mutex_);
    queries_.push_back(*query);
  }
  {
    const std::lock_guard lock(handler_mutex_);
    reply = handler_(*query);
  }
  return reply.no_answer ? std::string() : FormatDnsReply(*query, reply);
}

void DnsServer::AnswerDatagrams() {
  BlockSignals();
  char buffer[65536];
  while (WaitFor(udp_.get(), POLLIN, &stop_) == Wake::kReady) {
    sockaddr_storage peer{};
    socklen_t length = sizeof(peer);
    const ssize_t count = recvfrom(udp_.get(), buffer, sizeof(buffer), 0,
                                   reinterpret_cast<sockaddr*>(&peer), &length);
    if (count < 0) continue;
    const std::string answer = Answer(std::string(buffer, static_cast<std::size_t>(count)), false);
    if (answer.empty()) continue;
    sendto(udp_.get(), answer.data(), answer.size(), 0, reinterpret_cast<const sockaddr*>(&peer),
           length);
  }
}

void DnsServer::AnswerStream(Connection& connection) {
  // Each message with its length before it (RFC 1035, 4.2.2).
  while (const std::optional<std::string> prefix = connection.ReadExactly(2)) {
    const std::size_t size = static_cast<std::size_t>(static_cast<unsigned char>((*prefix)[0]))
                                 << 8 |
                             static_cast<unsigned char>((*prefix)[1]);
    const std::optional<std::string> message = connection.ReadExactly(size);
    if (!message) return;
    const std::string answer = Answer(*message, true);
    if (answer.empty()) continue;
    std::string out;
    out.push_back(static_cast<char>(answer.size() >> 8));
    out.push_back(static_cast<char>(answer.size() & 0xff));
    if (!connection.Write(out + answer)) return;
  }
}

}  // namespace gaikei::support

#include "checks/io/net/tcp_facts.h"

#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <chrono>

namespace gaikei::io {

TcpEvidence ReadTcpFacts(int fd) {
  tcp_info info{};
  socklen_t size = sizeof info;
  TcpEvidence facts;
  if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return facts;
  facts.rtt = std::chrono::microseconds(info.tcpi_rtt);
  facts.rtt_variance = std::chrono::microseconds(info.tcpi_rttvar);
  facts.retransmits = info.tcpi_total_retrans;
  facts.lost = info.tcpi_lost;
  return facts;
}

std::optional<Span> HandshakeTime(int fd) {
  const TcpEvidence facts = ReadTcpFacts(fd);
  if (facts.rtt <= Span::zero() || facts.retransmits != 0) return std::nullopt;
  return facts.rtt;
}

bool HasUnconfirmed(int fd) {
  int bytes = 0;
  return ioctl(fd, SIOCOUTQ, &bytes) == 0 && bytes > 0;
}

bool IsTcp(int fd) {
  int protocol = 0;
  socklen_t size = sizeof protocol;
  return getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &size) == 0 && protocol == IPPROTO_TCP;
}

}  // namespace gaikei::io

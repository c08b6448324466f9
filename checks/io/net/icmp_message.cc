#include "checks/io/net/icmp_message.h"

#include <fmt/core.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>

namespace gaikei::io {
namespace {

constexpr std::size_t kHeaderSize = 8;  // type, code, checksum, id, sequence
constexpr std::size_t kIpHeaderMinimum = 20;

unsigned Byte(std::string_view bytes, std::size_t at) {
  return static_cast<unsigned char>(bytes[at]);
}

std::uint16_t Word(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint16_t>(Byte(bytes, at) << 8U | Byte(bytes, at + 1));
}

void PutWord(std::string& bytes, std::size_t at, std::uint16_t word) {
  bytes[at] = static_cast<char>(word >> 8U);
  bytes[at + 1] = static_cast<char>(word & 0xFFU);
}

std::optional<EchoMessage> Parse(std::string_view bytes, unsigned type) {
  if (bytes.size() < kHeaderSize || Byte(bytes, 0) != type || Byte(bytes, 1) != 0) return {};
  return EchoMessage{
      .id = Word(bytes, 4), .sequence = Word(bytes, 6), .payload = bytes.substr(kHeaderSize)};
}

std::string Unreachable4(unsigned code, std::uint32_t info) {
  switch (code) {
    case ICMP_NET_UNREACH:
    case ICMP_NET_UNKNOWN:
    case ICMP_NET_UNR_TOS:
      return "network unreachable";
    case ICMP_HOST_UNREACH:
    case ICMP_HOST_UNKNOWN:
    case ICMP_HOST_UNR_TOS:
      return "host unreachable";
    case ICMP_PROT_UNREACH:
      return "protocol unreachable";
    case ICMP_PORT_UNREACH:
      return "port unreachable";
    case ICMP_FRAG_NEEDED:
      return fmt::format("fragmentation needed, mtu {}", info);
    case ICMP_SR_FAILED:
      return "source route failed";
    case ICMP_NET_ANO:
    case ICMP_HOST_ANO:
    case ICMP_PKT_FILTERED:
      return "administratively prohibited";
    default:
      return fmt::format("destination unreachable, code {}", code);
  }
}

std::string Unreachable6(unsigned code) {
  switch (code) {
    case ICMP6_DST_UNREACH_NOROUTE:
      return "network unreachable";
    case ICMP6_DST_UNREACH_ADMIN:
      return "administratively prohibited";
    case ICMP6_DST_UNREACH_BEYONDSCOPE:
      return "beyond the scope of the source address";
    case ICMP6_DST_UNREACH_ADDR:
      return "host unreachable";
    case ICMP6_DST_UNREACH_NOPORT:
      return "port unreachable";
    case 5:  // RFC 4443, 3.1
      return "source address forbidden by policy";
    case 6:
      return "route rejected";
    default:
      return fmt::format("destination unreachable, code {}", code);
  }
}

std::string TimeExceeded(unsigned code) {
  return code == 0 ? "time to live exceeded" : "fragment reassembly time exceeded";
}

}  // namespace

std::uint16_t InternetChecksum(std::string_view bytes) {
  std::uint32_t sum = 0;
  for (std::size_t at = 0; at + 1 < bytes.size(); at += 2) sum += Word(bytes, at);
  if (bytes.size() % 2 == 1) sum += Byte(bytes, bytes.size() - 1) << 8U;
  while (sum > 0xFFFFU) sum = (sum & 0xFFFFU) + (sum >> 16U);
  return static_cast<std::uint16_t>(~sum & 0xFFFFU);
}

std::string BuildEchoRequest(Family family, const EchoMessage& message) {
  std::string bytes(kHeaderSize, '\0');
  const unsigned type = family == Family::kIpv6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO;
  bytes[0] = static_cast<char>(type);
  PutWord(bytes, 4, message.id);
  PutWord(bytes, 6, message.sequence);
  bytes += message.payload;
  if (family != Family::kIpv6) PutWord(bytes, 2, InternetChecksum(bytes));
  return bytes;
}

std::optional<EchoMessage> ParseEchoReply(Family family, bool has_ip_header,
                                          std::string_view bytes) {
  if (family == Family::kIpv6) return Parse(bytes, ICMP6_ECHO_REPLY);
  if (has_ip_header) {
    if (bytes.size() < kIpHeaderMinimum || Byte(bytes, 0) >> 4U != 4) return {};
    const std::size_t header = (Byte(bytes, 0) & 0xFU) * 4U;
    if (header < kIpHeaderMinimum || header > bytes.size()) return {};
    bytes.remove_prefix(header);
    if (InternetChecksum(bytes) != 0) return {};
  }
  return Parse(bytes, ICMP_ECHOREPLY);
}

std::optional<EchoMessage> ParseQuotedRequest(Family family, std::string_view bytes) {
  return Parse(bytes, family == Family::kIpv6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO);
}

std::string IcmpErrorText(Family family, unsigned type, unsigned code, std::uint32_t info) {
  if (family == Family::kIpv6) {
    switch (type) {
      case ICMP6_DST_UNREACH:
        return Unreachable6(code);
      case ICMP6_PACKET_TOO_BIG:
        return fmt::format("packet too big, mtu {}", info);
      case ICMP6_TIME_EXCEEDED:
        return TimeExceeded(code);
      case ICMP6_PARAM_PROB:
        return "parameter problem";
      default:
        return fmt::format("ICMPv6 error of type {}, code {}", type, code);
    }
  }
  switch (type) {
    case ICMP_DEST_UNREACH:
      return Unreachable4(code, info);
    case ICMP_SOURCE_QUENCH:
      return "source quench";
    case ICMP_TIME_EXCEEDED:
      return TimeExceeded(code);
    case ICMP_PARAMETERPROB:
      return "parameter problem";
    default:
      return fmt::format("ICMP error of type {}, code {}", type, code);
  }
}

}  // namespace gaikei::io

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/support/tcp_server.h"

/// Messages of RFC 1035, as far as a scripted server needs them.
namespace gaikei::support {

inline constexpr std::uint16_t kTypeA = 1;
inline constexpr std::uint16_t kTypeNs = 2;
inline constexpr std::uint16_t kTypeCname = 5;
inline constexpr std::uint16_t kTypeSoa = 6;
inline constexpr std::uint16_t kTypeMx = 15;
inline constexpr std::uint16_t kTypeTxt = 16;
inline constexpr std::uint16_t kTypeAaaa = 28;

inline constexpr int kRcodeNoError = 0;
inline constexpr int kRcodeServfail = 2;
inline constexpr int kRcodeNxdomain = 3;
inline constexpr int kRcodeRefused = 5;

/// One question as it came.
struct DnsQuery {
  std::string name;  ///< lower case, without the last dot
  std::uint16_t type = 0;
  std::uint16_t id = 0;
  bool is_tcp = false;
  bool recursion_desired = false;
  std::string raw;  ///< the whole message, without TCP's length
};

/// One record of an answer.
struct DnsRecord {
  std::string name;
  std::uint16_t type = 0;
  std::uint32_t ttl = 60;  ///< seconds
  std::string data;        ///< RDATA on the wire

  /// `address` decides between A and AAAA.
  static DnsRecord Address(std::string name, const std::string& address, std::uint32_t ttl = 60);
  static DnsRecord Cname(std::string name, const std::string& target, std::uint32_t ttl = 60);
  static DnsRecord Ns(std::string name, const std::string& server, std::uint32_t ttl = 60);
  static DnsRecord Mx(std::string name, std::uint16_t preference, const std::string& exchange,
                      std::uint32_t ttl = 60);
  static DnsRecord Txt(std::string name, const std::string& text, std::uint32_t ttl = 60);
  static DnsRecord Soa(std::string name, std::uint32_t serial, std::uint32_t ttl = 60);
};

/// What the server says to one question.
struct DnsReply {
  int rcode = kRcodeNoError;
  std::vector<DnsRecord> answer = {};
  std::vector<DnsRecord> authority = {};
  std::vector<DnsRecord> additional = {};
  bool truncated = false;     ///< TC: ask again over TCP
  bool authoritative = true;  ///< AA
  bool no_answer = false;     ///< silence; over TCP the connection stays open
  bool wrong_id = false;      ///< an answer to somebody else's question
  std::string raw = {};       ///< not empty: these bytes instead of a message
};

/// A name server on 127.0.0.1 (or ::1), UDP and TCP on one port, answering by a lambda that is
/// called on the server's threads, one call at a time.
///
/// DnsServer server([](const DnsQuery& q) { return DnsReply{.rcode = kRcodeNxdomain}; });
class DnsServer {
 public:
  using Handler = std::function<DnsReply(const DnsQuery&)>;

  explicit DnsServer(Handler handler, const std::string& address = "127.0.0.1");
  /// Answers from a table of names (lower case) to addresses; NXDOMAIN for every other name, NODATA
  /// for a name that has no address of the family.
  explicit DnsServer(std::multimap<std::string, std::string> addresses);
  ~DnsServer();
  DnsServer(const DnsServer&) = delete;
  DnsServer& operator=(const DnsServer&) = delete;

  std::uint16_t port() const { return tcp_->port(); }
  /// "127.0.0.1:4711", as a region's resolver is written.
  std::string Authority() const { return tcp_->Authority(); }

  /// Questions so far, UDP and TCP together. Any thread.
  std::size_t queries() const;
  std::vector<DnsQuery> Queries() const;

 private:
  /// Bytes to send; empty for silence.
  std::string Answer(const std::string& message, bool is_tcp);
  void AnswerDatagrams();
  void AnswerStream(Connection& connection);

  const Handler handler_;
  std::mutex handler_mutex_;
  mutable std::mutex mutex_;
  std::vector<DnsQuery> queries_;
  StopSignal stop_;
  Fd udp_;
  std::unique_ptr<TcpServer> tcp_;
  std::thread udp_thread_;
};

/// "www.example" as labels on the wire, without compression (RFC 1035, 3.1).
std::string DnsNameToWire(const std::string& name);
/// A message that asks one question, and one that answers it.
std::string FormatDnsQuery(const std::string& name, std::uint16_t type, std::uint16_t id);
std::string FormatDnsReply(const DnsQuery& query, const DnsReply& reply);
/// Absent when the bytes hold no question.
std::optional<DnsQuery> ParseDnsQuery(const std::string& message);

}  // namespace gaikei::support

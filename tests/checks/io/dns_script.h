#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "checks/io/loop/fd_watch.h"
#include "checks/io/loop/loop.h"
#include "checks/io/loop/timer.h"
#include "checks/io/net/connector.h"

namespace gaikei::io {

inline constexpr std::uint16_t kTypeA = 1;
inline constexpr std::uint16_t kTypeCname = 5;
inline constexpr std::uint16_t kTypeSoa = 6;
inline constexpr std::uint16_t kTypeAaaa = 28;
inline constexpr std::uint16_t kTypeHttps = 65;

/// A question as it arrived.
struct DnsQuestion {
  std::string name;  ///< "shop.example", as written
  std::uint16_t type = 0;
  bool is_tcp = false;
  std::string message;  ///< the whole query
};

/// Builds an answer to `question`, record by record, uncompressed.
class DnsReply {
 public:
  explicit DnsReply(const DnsQuestion& question, int rcode = 0);
  DnsReply& A(const std::string& owner, const std::string& address);
  DnsReply& Aaaa(const std::string& owner, const std::string& address);
  DnsReply& Cname(const std::string& owner, const std::string& target);
  DnsReply& Raw(const std::string& owner, std::uint16_t type, const std::string& data);
  DnsReply& Truncated();
  /// Seconds that the records from here on live; 60 until then.
  DnsReply& Ttl(std::uint32_t ttl);
  /// A SOA record in the authority section, behind all answers (RFC 2308).
  DnsReply& Soa(const std::string& owner, std::uint32_t minimum);
  std::string Bytes() const { return bytes_; }

 private:
  std::string Record(const std::string& owner, std::uint16_t type, const std::string& data) const;

  std::string bytes_;
  unsigned answers_ = 0;
  std::uint32_t ttl_ = 60;
};

/// A DNS server on a loopback address, UDP and TCP on one port, that lives on the loop of the test
/// and does what its script says. An empty answer is silence.
class DnsScript {
 public:
  using Script = std::function<std::string(const DnsQuestion&)>;

  /// `port` 0: a free one.
  DnsScript(Loop& loop, Script script, const std::string& address = "127.0.0.1",
            std::uint16_t port = 0);
  ~DnsScript();

  std::uint16_t port() const { return port_; }
  /// "127.0.0.1:4711"
  std::string Text() const;
  const std::vector<DnsQuestion>& questions() const { return questions_; }
  /// Questions of this type so far.
  std::size_t Count(std::uint16_t type) const;
  /// Holds answers to questions of this type back for so long.
  void Delay(std::uint16_t type, Span delay) { delays_[type] = delay; }
  /// Datagrams that are sent at once, before the answer to a question.
  struct Stray {
    std::string bytes;
    bool is_from_elsewhere = false;  ///< from another port
  };
  using Strays = std::function<std::vector<Stray>(const DnsQuestion&)>;
  void SendBefore(Strays strays) { strays_ = std::move(strays); }

 private:
  struct TcpPeer;
  void OnDatagram();
  void OnConnection();
  void Answer(const DnsQuestion& question, std::function<void(const std::string&)> send);

  Loop& loop_;
  Script script_;
  Strays strays_;
  const std::string address_;
  std::uint16_t port_ = 0;
  UniqueFd udp_;
  UniqueFd tcp_;
  std::unique_ptr<FdWatch> udp_watch_;
  std::unique_ptr<FdWatch> tcp_watch_;
  std::vector<std::unique_ptr<TcpPeer>> peers_;
  std::vector<std::unique_ptr<Timer>> held_back_;
  std::map<std::uint16_t, Span> delays_;
  std::vector<DnsQuestion> questions_;
};

}  // namespace gaikei::io

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "checks/io/connector.h"
#include "checks/io/fd_watch.h"
#include "checks/io/loop.h"
#include "checks/io/timer.h"

namespace gaikei::io {

inline constexpr std::uint16_t kTypeA = 1;
inline constexpr std::uint16_t kTypeCname = 5;
inline constexpr std::uint16_t kTypeAaaa = 28;

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
  std::string Bytes() const { return bytes_; }

 private:
  std::string bytes_;
  unsigned answers_ = 0;
};

/// A DNS server on 127.0.0.1, UDP and TCP on one port, that lives on the loop of the test and does
/// what its script says. An empty answer is silence.
class DnsScript {
 public:
  using Script = std::function<std::string(const DnsQuestion&)>;

  DnsScript(Loop& loop, Script script);
  ~DnsScript();

  std::uint16_t port() const { return port_; }
  /// "127.0.0.1:4711"
  std::string Text() const;
  const std::vector<DnsQuestion>& questions() const { return questions_; }
  /// Holds answers to questions of this type back for so long.
  void Delay(std::uint16_t type, Span delay) { delays_[type] = delay; }

 private:
  struct TcpPeer;
  void OnDatagram();
  void OnConnection();
  void Answer(const DnsQuestion& question, std::function<void(const std::string&)> send);

  Loop& loop_;
  Script script_;
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

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace gaikei::demo {

/// A DNS server over UDP on a free port of 127.0.0.1, for one zone: `nowhere.ZONE` and whatever is
/// outside the zone does not exist, every other name in it has the address 127.0.0.1 and no IPv6
/// address. On a thread of its own.
class NameServer {
 public:
  /// `zone` in lower case without the last dot. The error is one line.
  static tl::expected<std::unique_ptr<NameServer>, std::string> Start(std::string zone);
  /// Ends the thread.
  ~NameServer();
  NameServer(const NameServer&) = delete;
  NameServer& operator=(const NameServer&) = delete;

  std::uint16_t port() const;

 private:
  struct Impl;
  explicit NameServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// The answer to one query (RFC 1035, 4); empty for what is no query with one question. Pure.
std::string AnswerQuery(std::string_view query, std::string_view zone);

}  // namespace gaikei::demo

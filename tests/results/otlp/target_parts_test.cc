#include "results/upstream/otlp/target_parts.h"

#include <gtest/gtest.h>

namespace gaikei::otlp {
namespace {

void Expect(const char* target, const char* scheme, const char* host, int port,
            const char* question = "") {
  const TargetParts parts = PartsOf(target);
  EXPECT_EQ(parts.scheme, scheme) << target;
  EXPECT_EQ(parts.host, host) << target;
  EXPECT_EQ(parts.port, port) << target;
  EXPECT_EQ(parts.question, question) << target;
}

TEST(OtlpTarget, IsTakenApart) {
  Expect("https://Shop.Example/path?q=a:1", "https", "shop.example", 443);
  Expect("http://shop.example:8080", "http", "shop.example", 8080);
  Expect("https://user@shop.example/", "https", "shop.example", 443);
  Expect("https://[2001:db8::1]:8443/x", "https", "2001:db8::1", 8443);
  Expect("https://[2001:db8::1]/", "https", "2001:db8::1", 443);
  Expect("shop.example/path", "https", "shop.example", 443);
  Expect("localhost:8080/x", "https", "localhost", 8080);
  Expect("tls://mail.example:993", "tls", "mail.example", 993);
  Expect("tcp://db.example:5432", "tcp", "db.example", 5432);
  Expect("icmp://router.example", "icmp", "router.example", 0);
  Expect("grpcs://api.example/svc", "grpcs", "api.example", 443);
  Expect("wss://chat.example/socket", "wss", "chat.example", 443);
  Expect("dns:shop.example?type=MX", "dns", "", 0, "shop.example");
  Expect("dns://9.9.9.9/shop.example?type=NS;class=IN", "dns", "9.9.9.9", 53, "shop.example");
  Expect("dns://ns.example:5353/a%2eb.example", "dns", "ns.example", 5353, "a.b.example");
  Expect("heartbeat:backup", "heartbeat", "", 0);
}

TEST(OtlpTarget, NeverSurprises) {
  for (const char* target : {"", ":", "://", "//", "[", "http://", "http://:99999", "http://[::1",
                             "dns:", "dns://", "a]b:c", "http://h:99999/"}) {
    PartsOf(target);
  }
  EXPECT_EQ(PartsOf("http://h:99999/").port, 80);
}

}  // namespace
}  // namespace gaikei::otlp

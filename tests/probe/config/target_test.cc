#include "probe/config/target.h"

#include <gtest/gtest.h>

namespace gaikei {
namespace {

std::string Shown(std::string_view text) {
  const auto target = ParseTarget(text);
  return target ? target->shown : "error: " + target.error();
}

TEST(ATarget, WithoutASchemeIsHttps) {
  EXPECT_EQ(Shown("shop.example"), "https://shop.example/");
  EXPECT_EQ(Shown("shop.example:8443"), "https://shop.example:8443/");
  EXPECT_EQ(Shown("shop.example/a?b=c"), "https://shop.example/a?b=c");
  EXPECT_EQ(Shown("shop.example:8443/a"), "https://shop.example:8443/a");
  EXPECT_EQ(Shown("[2001:db8::1]:8443/a"), "https://[2001:db8::1]:8443/a");
  EXPECT_EQ(Shown("192.0.2.1"), "https://192.0.2.1/");
}

TEST(ATarget, KeepsItsSchemeWhateverItsCase) {
  EXPECT_EQ(Shown("http://shop.example/"), "http://shop.example/");
  const auto target = ParseTarget("HTTPS://shop.example/");
  ASSERT_TRUE(target) << target.error();
  EXPECT_EQ(target->kind->name, "http");
}

TEST(ATarget, ShowsNoCredentialsButKeepsThemForTheRequest) {
  const auto target = ParseTarget("https://probe:hunter2@shop.example/x");
  ASSERT_TRUE(target) << target.error();
  EXPECT_EQ(target->shown, "https://shop.example/x");
  EXPECT_TRUE(target->has_credentials);
  EXPECT_TRUE(target->url.is_secret());
  EXPECT_EQ(target->url.Reveal(), "https://probe:hunter2@shop.example/x");
}

TEST(ATarget, ShowsNoQueryValueThatIsNamedLikeASecret) {
  const auto target = ParseTarget("https://shop.example/?user=a&token=hunter2&key=hunter2&sig=h");
  ASSERT_TRUE(target) << target.error();
  EXPECT_EQ(target->shown, "https://shop.example/?user=a&token=<secret>&key=<secret>&sig=<secret>");
  EXPECT_TRUE(target->has_credentials);
}

TEST(ATarget, OfASchemeThatNoKindLooksAtIsRefusedWithThoseThatAreKnown) {
  EXPECT_EQ(
      Shown("gopher://shop.example/").find("error: unknown scheme \"gopher\"; known: https, http"),
      0U);
  EXPECT_NE(Shown("mailto:a@shop.example").find("unknown scheme \"mailto\""), std::string::npos);
}

TEST(ATarget, HasAHostAndAPort) {
  EXPECT_EQ(Shown("https:///path"), "error: no host in the target");
  EXPECT_EQ(Shown("https://user@/path"), "error: no host in the target");
  EXPECT_EQ(Shown("https://?q"), "error: no host in the target");
  for (const char* text :
       {"https://a.example:/", "https://a.example:0/", "https://a.example:65536/",
        "https://a.example:x/", "https://[::1]:0/"}) {
    EXPECT_EQ(Shown(text), "error: the port is not a number from 1 to 65535") << text;
  }
  EXPECT_EQ(Shown("https://a.example:65535/"), "https://a.example:65535/");
}

TEST(ATarget, IsAtMostEightKibibytesOfPrintableText) {
  EXPECT_EQ(Shown("https://a.example/" + std::string(8200, 'x')),
            "error: the target is longer than 8 KiB");
  for (const std::string bad : {"\r", "\n", " ", "\t", "\x7f"}) {
    EXPECT_EQ(Shown("https://a.example/" + bad),
              "error: the target has spaces or control characters; write a space as %20");
  }
  EXPECT_EQ(Shown(std::string_view("https://a.example/\0x", 20)),
            "error: the target has spaces or control characters; write a space as %20");
  EXPECT_NE(Shown("https://b\xc3\xbc"
                  "cher.example/")
                .find("not ASCII"),
            std::string::npos);
}

TEST(ATarget, OfEveryKindIsShownAsItIsWritten) {
  const std::pair<const char*, const char*> known[] = {
      {"tls://shop.example:443", "tls"},
      {"TLS://[2001:db8::1]/", "tls"},
      {"dns:shop.example?type=MX;class=IN", "dns"},
      {"dns://192.0.2.1:53/shop.example?type=AAAA", "dns"},
      {"dns:8.b.d.0.1.0.0.2.ip6.arpa?type=PTR", "dns"},
      {"tcp://mail.example:25", "tcp"},
      {"icmp://shop.example", "icmp"}};
  for (const auto& [text, kind] : known) {
    const auto target = ParseTarget(text);
    ASSERT_TRUE(target) << text << ": " << target.error();
    EXPECT_EQ(target->kind->name, kind);
    EXPECT_EQ(target->shown, text);
    EXPECT_EQ(target->url.Reveal(), text);
    EXPECT_FALSE(target->has_credentials);
  }
}

TEST(ATarget, TellsItsKindEvenWhenItIsWrong) {
  EXPECT_EQ(KindOfTarget("dns:a..b")->name, "dns");
  EXPECT_EQ(KindOfTarget("tcp://a")->name, "tcp");
  EXPECT_EQ(KindOfTarget("shop.example:0")->name, "http");
  EXPECT_EQ(KindOfTarget("gopher://a"), nullptr);
}

TEST(ATarget, HasNoPercentInItsHost) {
  EXPECT_EQ(Shown("https://shop%e0ms/"), "error: the host is percent-encoded; write it as it is");
  EXPECT_EQ(Shown("https://u%40v@shop.example/%e0"), "https://shop.example/%e0");
}

TEST(ATarget, ThatIsWrongDoesNotGiveItsPasswordAway) {
  for (const char* text :
       {"https://u:hunter2@/", "https://u:hunter2@a.example:0/", "https://u:hunter2@[::1/",
        "gopher://u:hunter2@a.example/", "https://u:hunter2@a b/", "https:u:hunter2@a",
        "tls://u:hunter2@a", "dns://u:hunter2@a/b", "dns://u:hunter2@a", "tcp://u:hunter2@a:1",
        "icmp://u:hunter2@a"}) {
    const std::string shown = Shown(text);
    EXPECT_EQ(shown.find("error: "), 0U) << text;
    EXPECT_EQ(shown.find("hunter2"), std::string::npos) << shown;
  }
}

}  // namespace
}  // namespace gaikei

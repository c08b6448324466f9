#include "tests/support/nginx.h"

#include <gtest/gtest.h>

namespace gaikei::support {
namespace {

std::string Get(const Nginx& nginx, const std::string& path) {
  const Fd client = ConnectTo("127.0.0.1", nginx.port());
  SendAll(client.get(), "GET " + path + " HTTP/1.0\r\n\r\n");
  return ReadToEnd(client.get());
}

TEST(Nginx, ServesWordsAndFilesUntilItIsStopped) {
  Nginx nginx;
  nginx.root().Write("file.txt", "from a file");
  EXPECT_TRUE(Get(nginx, "/hello").ends_with("\r\n\r\nhello\n"));
  EXPECT_TRUE(Get(nginx, "/file.txt").ends_with("\r\n\r\nfrom a file"));
  EXPECT_TRUE(Get(nginx, "/none").starts_with("HTTP/1.1 404"));
  nginx.Stop();
  EXPECT_FALSE(Accepts("127.0.0.1", nginx.port()));
}

TEST(Nginx, SpeaksHttp2InsideTls) {
  const io::CertifiedKey key = io::MakeCertificate({.addresses = {"127.0.0.1"}});
  const Nginx nginx({.certificate = key});
  const TempDir dir;
  const Finished met = RunToEnd(
      {.argv = {"openssl", "s_client", "-connect",
                "127.0.0.1:" + std::to_string(nginx.secure_port()), "-alpn", "h2", "-CAfile",
                dir.Write("root.pem", key.certificate), "-verify_ip", "127.0.0.1"}});
  EXPECT_NE(met.output.find("ALPN protocol: h2"), std::string::npos) << met.output;
  EXPECT_NE(met.output.find("Verify return code: 0 (ok)"), std::string::npos) << met.output;
}

TEST(Nginx, TellsWhyItDoesNotStart) {
  try {
    const Nginx nginx({.server = "no_such_directive;"});
    FAIL() << "it started";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("no_such_directive"), std::string::npos)
        << error.what();
  }
}

}  // namespace
}  // namespace gaikei::support

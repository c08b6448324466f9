"""A root, an intermediate and a server's certificate, all ECDSA P-256."""

from harness.environment import program
from harness.process import run

EXTENSIONS = """[ca]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[leaf]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = IP:127.0.0.1, DNS:localhost
"""


class Certificates:
    """Files: `root` to trust, `chain` and `key` for the server."""

    def __init__(self, env):
        folder = env.fresh_folder("certificates")
        extensions = f"{folder}/extensions"
        with open(extensions, "w", encoding="ascii") as out:
            out.write(EXTENSIONS)

        def openssl(*words):
            run([program("openssl"), *words], env.server_core)

        def issue(name, subject, section, issuer):
            request = f"{folder}/{name}.csr"
            openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-sha256",
                    "-keyout", f"{folder}/{name}.key", "-subj", subject, "-out", request)
            signer = (["-CA", f"{folder}/{issuer}.pem", "-CAkey", f"{folder}/{issuer}.key", "-CAcreateserial"]
                      if issuer else ["-signkey", f"{folder}/{name}.key"])
            openssl("x509", "-req", "-in", request, "-days", "90", "-sha256", "-extfile", extensions,
                    "-extensions", section, "-out", f"{folder}/{name}.pem", *signer)

        issue("root", "/CN=Bench root", "ca", None)
        issue("intermediate", "/CN=Bench intermediate", "ca", "root")
        issue("leaf", "/CN=localhost", "leaf", "intermediate")
        self.root, self.key, self.chain = f"{folder}/root.pem", f"{folder}/leaf.key", f"{folder}/chain.pem"
        with open(self.chain, "w", encoding="ascii") as out:
            for name in ("leaf", "intermediate"):
                with open(f"{folder}/{name}.pem", encoding="ascii") as part:
                    out.write(part.read())

// What wolfSSL calls, named apart so that a Context can point to it.
#pragma once

struct WOLFSSL;
struct WOLFSSL_X509_STORE_CTX;

namespace ut::tls {

// Takes received octets out of the Engine given as `engine`, puts octets to be sent into it.
int on_receive(WOLFSSL* ssl, char* to, int octets, void* engine);
int on_send(WOLFSSL* ssl, char* from, int octets, void* engine);

// Judges a certificate after the library did; 1 to go on, 0 to refuse.
int on_verify(int library_agrees, WOLFSSL_X509_STORE_CTX* store);

// The server asks for a certificate of ours, which the context holds; 1 to go on.
int on_certificate_request(WOLFSSL* ssl, void* unused);

// Sign with the external key of the context's certificate; 0, or less than 0 to end the handshake.
int on_sign_ecdsa(WOLFSSL* ssl, const unsigned char* digest, unsigned size, unsigned char* to,
                  unsigned* room, const unsigned char* key, unsigned key_size, void* unused);
int on_sign_rsa(WOLFSSL* ssl, const unsigned char* digest_info, unsigned size, unsigned char* to,
                unsigned* room, const unsigned char* key, unsigned key_size, void* unused);
int on_sign_rsa_pss(WOLFSSL* ssl, const unsigned char* digest, unsigned size, unsigned char* to,
                    unsigned* room, int hash, int mgf, const unsigned char* key, unsigned key_size,
                    void* unused);

// Open such a signature in its place, for the library's own check of it: octets of what is in it,
// to which `inside` then points, or less than 0.
int on_check_rsa(WOLFSSL* ssl, unsigned char* signature, unsigned size, unsigned char** inside,
                 const unsigned char* key, unsigned key_size, void* unused);
int on_check_rsa_pss(WOLFSSL* ssl, unsigned char* signature, unsigned size, unsigned char** inside,
                     int hash, int mgf, const unsigned char* key, unsigned key_size, void* unused);

// Give identity and key of the Engine that is the connection's PSK context, in TLS 1.2 and in
// TLS 1.3, where the library asks for each suite and more than once; 0 when it has none.
unsigned on_psk(WOLFSSL* ssl, const char* hint, char* identity, unsigned identity_room,
                unsigned char* key, unsigned key_room);
unsigned on_psk_for_suite(WOLFSSL* ssl, const char* hint, char* identity, unsigned identity_room,
                          unsigned char* key, unsigned key_room, const char* suite);

}  // namespace ut::tls

/*
 * A server on libmodbus, of Modbus TCP or, told "serial", of RTU on a pseudo-terminal, with values that are known.
 * Prints the port it is reached at.
 */

#define _GNU_SOURCE

#include <arpa/inet.h>
#include <fcntl.h>
#include <modbus.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <termios.h>
#include <unistd.h>

/* A register nobody set holds its own address, so that a wrong address shows up as a wrong number. */
static void fill_with_addresses(uint16_t *registers, int start, int count) {
  for (int index = 0; index < count; index++) registers[index] = (uint16_t)(start + index);
}

/* Bit by bit: on a little-endian machine the library's own setter for this order swaps the bytes of each register. */
static void set_floats(uint16_t *registers, int count, const float *values) {
  for (int row = 0; row < count; row++) {
    uint32_t bits;
    memcpy(&bits, &values[row], sizeof bits);
    MODBUS_SET_INT32_TO_INT16(registers, 2 * row, bits);
  }
}

static void set_int32s(uint16_t *registers, int count, const int32_t *values) {
  for (int row = 0; row < count; row++) MODBUS_SET_INT32_TO_INT16(registers, 2 * row, values[row]);
}

static void set_int64s(uint16_t *registers, int count, const int64_t *values) {
  for (int row = 0; row < count; row++) MODBUS_SET_INT64_TO_INT16(registers, 4 * row, values[row]);
}

/* An Eastron SDM630: input registers, singles. */
static void set_sdm630(uint16_t *input) {
  set_floats(input + 0x0000, 3, (float[]){229.9f, 231.25f, 228.7f});
  set_floats(input + 0x0006, 3, (float[]){12.5f, 0.0f, 3.3f});
  set_floats(input + 0x000C, 3, (float[]){2873.75f, 0.0f, -754.7f});
  set_floats(input + 0x0012, 3, (float[]){2900.5f, 0.0f, 802.25f});
  set_floats(input + 0x0018, 3, (float[]){-393.75f, 0.0f, 271.5f});
  set_floats(input + 0x001E, 3, (float[]){0.991f, 1.0f, -0.941f});
  set_floats(input + 0x0034, 1, (float[]){2119.05f});
  set_floats(input + 0x0038, 1, (float[]){3702.75f});
  set_floats(input + 0x003C, 2, (float[]){-122.25f, 0.572f});
  set_floats(input + 0x0046, 1, (float[]){50.02f});
  set_floats(input + 0x0048, 4, (float[]){987654.3f, 0.5f, 4321.5f, 8.125f});
  set_floats(input + 0x0156, 2, (float[]){987654.8f, 4329.625f});
}

/* An ABB B23: holding registers, scaled integers of 16, 32 and 64 bits. */
static void set_b23(uint16_t *holding) {
  uint16_t *phases = holding + 0x0460, *values = holding + 0x0B00;
  set_int64s(holding, 2, (int64_t[]){9007199254739LL, 1725LL});
  set_int64s(phases, 6, (int64_t[]){3002399751579LL, 3002399751580LL, 3002399751580LL, 1725LL, 0LL, -1LL});
  set_int32s(values + 0x00, 3, (int32_t[]){2299, 2312, 2287});
  set_int32s(values + 0x0C, 3, (int32_t[]){1250, 0, 330});
  set_int32s(values + 0x14, 4, (int32_t[]){211905, 287375, 0, -75470});
  values[0x2C] = 5002;
  values[0x3A] = (uint16_t)-870;
  values[0x3B] = 1000;
  values[0x3C] = (uint16_t)-1;
  values[0x3D] = 0x7FFF;
}

/* Opens a pseudo-terminal that passes bytes on as they are, and keeps its other end open so that it never hangs up. */
static int open_terminal(char *name, size_t size) {
  int master = posix_openpt(O_RDWR | O_NOCTTY);
  if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0 || ptsname_r(master, name, size) != 0) return -1;
  int end = open(name, O_RDWR | O_NOCTTY);
  struct termios raw;
  if (end < 0 || tcgetattr(end, &raw) != 0) return -1;
  cfmakeraw(&raw);
  return tcsetattr(end, TCSANOW, &raw) == 0 ? master : -1;
}

/* Carries bytes between two terminals, as a cable does, until the process that asked for it ends. */
static void carry(int left, int right) {
  struct pollfd ends[] = {{.fd = left, .events = POLLIN}, {.fd = right, .events = POLLIN}};
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  while (poll(ends, 2, -1) >= 0) {
    for (int from = 0; from < 2; from++) {
      char bytes[256];
      if (!(ends[from].revents & POLLIN)) continue;
      ssize_t count = read(ends[from].fd, bytes, sizeof bytes);
      if (count > 0 && write(ends[1 - from].fd, bytes, count) != count) exit(1);
    }
  }
}

static modbus_t *open_serial(void) {
  char own[64], other[64];
  int left = open_terminal(own, sizeof own);
  int right = open_terminal(other, sizeof other);
  if (left < 0 || right < 0) return NULL;
  if (fork() == 0) carry(left, right);
  modbus_t *server = modbus_new_rtu(own, 115200, 'N', 8, 1);
  if (server == NULL || modbus_set_slave(server, 1) != 0 || modbus_connect(server) != 0) return NULL;
  printf("%s\n", other);
  return server;
}

static modbus_t *open_tcp(int *listener) {
  modbus_t *server = modbus_new_tcp("127.0.0.1", 0);
  if (server == NULL) return NULL;
  *listener = modbus_tcp_listen(server, 4);
  struct sockaddr_in address;
  socklen_t size = sizeof address;
  if (*listener < 0 || getsockname(*listener, (struct sockaddr *)&address, &size) != 0) return NULL;
  printf("%d\n", ntohs(address.sin_port));
  return server;
}

/* Otherwise the kernel holds an answer back until the one before was acknowledged. */
static int send_at_once(modbus_t *server) {
  int is_on = 1;
  return setsockopt(modbus_get_socket(server), IPPROTO_TCP, TCP_NODELAY, &is_on, sizeof is_on);
}

static void answer(modbus_t *server, modbus_mapping_t *map) {
  uint8_t query[MODBUS_TCP_MAX_ADU_LENGTH];
  int length;
  while ((length = modbus_receive(server, query)) >= 0) {
    if (length > 0) modbus_reply(server, query, length, map);
  }
}

int main(int argc, char **argv) {
  int is_serial = argc > 1 && strcmp(argv[1], "serial") == 0;
  int listener = -1;
  modbus_t *server = is_serial ? open_serial() : open_tcp(&listener);
  modbus_mapping_t *map = modbus_mapping_new_start_address(0, 0, 0, 0, 0x5000, 0x0C00, 0x0000, 0x0400);
  if (server == NULL || map == NULL) return 1;
  fill_with_addresses(map->tab_input_registers, 0x0000, 0x0400);
  fill_with_addresses(map->tab_registers, 0x5000, 0x0C00);
  set_sdm630(map->tab_input_registers);
  set_b23(map->tab_registers);
  fflush(stdout);

  for (;;) {
    if (!is_serial && (modbus_tcp_accept(server, &listener) < 0 || send_at_once(server) < 0)) return 0;
    answer(server, map);
    if (!is_serial) modbus_close(server);
  }
}

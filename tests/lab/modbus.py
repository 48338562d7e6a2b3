"""A Modbus TCP service, made of libmodbus: 16 of each kind of register, for whoever asks.

usage: modbus.py ADDRESS PORT
"""
import ctypes
import select
import socket
import sys

COUNT = 16
MAX_REQUEST = 260  # bytes of a Modbus TCP unit, MODBUS_TCP_MAX_ADU_LENGTH of modbus-tcp.h
MAX_CLIENTS = 16


def load():
    library = ctypes.CDLL("libmodbus.so.5", use_errno=True)
    library.modbus_new_tcp.restype = ctypes.c_void_p
    library.modbus_new_tcp.argtypes = [ctypes.c_char_p, ctypes.c_int]
    library.modbus_mapping_new.restype = ctypes.c_void_p
    library.modbus_set_socket.argtypes = [ctypes.c_void_p, ctypes.c_int]
    library.modbus_receive.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
    library.modbus_reply.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.c_void_p]
    return library


def serve(library, listener):
    context, registers = library.modbus_new_tcp(None, 0), library.modbus_mapping_new(*[COUNT] * 4)
    clients = {}
    while True:
        readable, _, _ = select.select([listener, *clients.values()], [], [])
        for one in readable:
            if one is listener:
                client, _ = listener.accept()
                if len(clients) < MAX_CLIENTS:
                    clients[client.fileno()] = client
                else:
                    client.close()
                continue
            request = ctypes.create_string_buffer(MAX_REQUEST)
            library.modbus_set_socket(context, one.fileno())
            size = library.modbus_receive(context, request)
            if size < 0 or (size > 0 and
                            library.modbus_reply(context, request, size, registers) < 0):
                clients.pop(one.fileno())
                one.close()


def main(address, port):
    with socket.create_server((address, int(port)), backlog=32) as listener:
        serve(load(), listener)


main(*sys.argv[1:])

#!/usr/bin/env python3
"""Devices that go wrong.

usage: played.py hang ADDRESS PORT         accepts connections and never says anything
       played.py die ADDRESS PORT...       is gone for good with all its ports once it was asked something
"""
import os
import socket
import sys
import threading


def listener(address, port):
    server = socket.create_server((address, port), backlog=64)
    return server


def each_connection(server, serve):
    while True:
        connection, _ = server.accept()
        threading.Thread(target=serve, args=(connection,), daemon=True).start()


def hang(connection):
    with connection:
        while connection.recv(4096):
            pass


def die(connection):
    with connection:
        if connection.recv(4096):
            os._exit(0)


ROLES = {"hang": hang, "die": die}


def main(role, address, *ports):
    servers = [listener(address, int(port)) for port in ports]
    for server in servers[1:]:
        threading.Thread(target=each_connection, args=(server, ROLES[role]), daemon=True).start()
    each_connection(servers[0], ROLES[role])


main(*sys.argv[1:])

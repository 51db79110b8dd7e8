/// A WebSocket server and client in Python, with Debian's python3-websockets.
enum WebSocketScripts {
    /// Echoes messages; says its port on its first line.
    static let server = """
        import asyncio, websockets

        async def echo(connection, *path):
            async for message in connection:
                await connection.send(message)

        async def main():
            async with websockets.serve(echo, "127.0.0.1", 0, max_size=None) as server:
                print(server.sockets[0].getsockname()[1])
                await asyncio.Future()

        asyncio.run(main())
        """

    /// Says a word for each thing that works.
    static let client = """
        import asyncio, os, sys, websockets

        async def main():
            uri = f"ws://127.0.0.1:{sys.argv[1]}/chat"
            connection = await websockets.connect(uri, max_size=None, open_timeout=20)

            async def echoes(message, name=None):
                await connection.send(message)
                assert await connection.recv() == message
                if name:
                    print(name)

            await echoes("h\\u00e9llo", "text")
            await echoes(bytes(range(256)), "binary")
            await echoes(os.urandom(1 << 20), "large")
            await (await connection.ping())
            print("ping")
            for number in range(100):
                await echoes(str(number))
            print("hundred")
            await connection.close(1000, "bye")
            print("closed", connection.close_code, connection.close_reason)

        asyncio.run(asyncio.wait_for(main(), 20))
        """
}

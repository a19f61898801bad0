<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
<context>
    <name>AdjustmentCard</name>
    <message>
        <source>Adjustment</source>
        <translation>调整</translation>
    </message>
    <message>
        <source>All channels</source>
        <translation>全部通道</translation>
    </message>
    <message>
        <source>Auto</source>
        <translation>自动</translation>
    </message>
    <message>
        <source>Black point</source>
        <translation>黑场</translation>
    </message>
    <message>
        <source>Blue</source>
        <translation>蓝</translation>
    </message>
    <message>
        <source>Channel</source>
        <translation>通道</translation>
    </message>
    <message>
        <source>Channel that is changed</source>
        <translation>要调整的通道</translation>
    </message>
    <message>
        <source>Close  (Esc); double-click the icon of the layer to open</source>
        <translation>关闭  (Esc)；双击图层的图标可打开</translation>
    </message>
    <message>
        <source>Drag to move these settings</source>
        <translation>拖动可移动这些设置</translation>
    </message>
    <message>
        <source>Exposure</source>
        <translation>曝光度</translation>
    </message>
    <message>
        <source>Green</source>
        <translation>绿</translation>
    </message>
    <message>
        <source>Hue</source>
        <translation>色相</translation>
    </message>
    <message>
        <source>Midtones</source>
        <translation>中间调</translation>
    </message>
    <message>
        <source>Offset</source>
        <translation>位移</translation>
    </message>
    <message>
        <source>Output black</source>
        <translation>输出黑场</translation>
    </message>
    <message>
        <source>Output white</source>
        <translation>输出白场</translation>
    </message>
    <message>
        <source>Put the black and white points at the ends of the tones</source>
        <translation>把黑场和白场放到影调的两端</translation>
    </message>
    <message>
        <source>Red</source>
        <translation>红</translation>
    </message>
    <message>
        <source>Reset this adjustment</source>
        <translation>复位此调整</translation>
    </message>
    <message>
        <source>Saturation</source>
        <translation>饱和度</translation>
    </message>
    <message>
        <source>Temperature</source>
        <translation>色温</translation>
    </message>
    <message>
        <source>Tint</source>
        <translation>色调</translation>
    </message>
    <message>
        <source>Vibrance</source>
        <translation>自然饱和度</translation>
    </message>
    <message>
        <source>White point</source>
        <translation>白场</translation>
    </message>
</context>
<context>
    <name>App</name>
    <message>
        <source>Glide Studio</source>
        <translation>Glide Studio</translation>
    </message>
    <message>
        <source>That did not work ({error}); please report it.</source>
        <translation>操作失败（{error}）；请报告此问题。</translation>
    </message>
    <message>
        <source>The display &apos;{name}&apos; does not answer; start the editor in a graphical session.</source>
        <translation>显示器“{name}”没有响应；请在图形会话中启动编辑器。</translation>
    </message>
    <message>
        <source>The display is gone; unsaved work is offered at the next start.</source>
        <translation>显示器连接已断开；未保存的工作会在下次启动时提供恢复。</translation>
    </message>
    <message>
        <source>The editor needs {names} from the system; install with: sudo apt-get install {packages}</source>
        <translation>编辑器需要系统提供 {names}；请用以下命令安装：sudo apt-get install {packages}</translation>
    </message>
    <message>
        <source>There is no display to show the editor on; start it in a graphical session, or use &apos;glide-studio fill&apos; for work without a window.</source>
        <translation>没有可显示编辑器的屏幕；请在图形会话中启动，或使用 &apos;glide-studio fill&apos; 在无窗口下工作。</translation>
    </message>
</context>
<context>
    <name>Atomic</name>
    <message>
        <source>&apos;{name}&apos; cannot be written there ({strerror}); choose another folder.</source>
        <translation>无法在那里写入“{name}”（{strerror}）；请选择其他文件夹。</translation>
    </message>
    <message>
        <source>&apos;{name}&apos; is a device or a pipe; choose another file name.</source>
        <translation>“{name}”是设备或管道；请选择其他文件名。</translation>
    </message>
    <message>
        <source>&apos;{name}&apos; is a folder; choose another file name.</source>
        <translation>“{name}”是文件夹；请选择其他文件名。</translation>
    </message>
    <message>
        <source>&apos;{name}&apos; was not written because its folder is gone; choose another.</source>
        <translation>“{name}”所在的文件夹已不存在，未能写入；请选择其他文件夹。</translation>
    </message>
    <message>
        <source>&apos;{name}&apos; was not written because the disk is full; free some space and try again.</source>
        <translation>磁盘已满，“{name}”未能写入；请释放一些空间后重试。</translation>
    </message>
    <message>
        <source>&apos;{name}...&apos; is too long for a file name; choose a shorter one.</source>
        <translation>“{name}...”作为文件名太长；请选择较短的名称。</translation>
    </message>
</context>
<context>
    <name>Autosave</name>
    <message>
        <source>The store of the open document was damaged by another program and written again; {count} tiles of {side} x {side} pixels could not be saved and are empty now.</source>
        <translation>打开文档的存储被其他程序损坏，已重新写入；有 {count} 个 {side} x {side} 像素的图块未能保存，现在为空。</translation>
    </message>
    <message>
        <source>There is no room for this edit; save the document and free disk space.</source>
        <translation>没有空间保存此编辑；请保存文档并释放磁盘空间。</translation>
    </message>
</context>
<context>
    <name>BackgroundEdits</name>
    <message>
        <source>Load step</source>
        <translation>载入步骤</translation>
    </message>
</context>
<context>
    <name>Candidates</name>
    <message>
        <source>Fill: {prompt}</source>
        <translation>填充：{prompt}</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>移除</translation>
    </message>
    <message>
        <source>The other parts of the mask are still being filled; wait, or cancel them.</source>
        <translation>蒙版的其他部分仍在填充；请等待或取消。</translation>
    </message>
    <message>
        <source>The other parts of the mask are still being fitted into the photo; wait a moment.</source>
        <translation>蒙版的其他部分仍在融入照片，请稍候。</translation>
    </message>
    <message>
        <source>The picture has another size or depth since this was generated; undo that, or generate again.</source>
        <translation>生成之后图像的大小或深度已更改；请撤销该更改，或重新生成。</translation>
    </message>
    <message>
        <source>The picture was cropped, turned, flipped or scaled since this was generated; undo that, or generate again.</source>
        <translation>生成此结果之后，图像已被裁剪、旋转、翻转或缩放；请撤销该操作，或重新生成。</translation>
    </message>
    <message>
        <source>There is no candidate to accept; press Generate first.</source>
        <translation>没有可接受的候选；请先按“生成”。</translation>
    </message>
    <message>
        <source>These results are no longer kept; press Generate to make new ones.</source>
        <translation>这些结果已不再保留；请按“生成”制作新的结果。</translation>
    </message>
    <message>
        <source>This candidate is still being fitted into the photo; wait a moment.</source>
        <translation>此候选仍在融入照片；请稍候。</translation>
    </message>
    <message>
        <source>This is a draft; refine it first, then accept the result.</source>
        <translation>这是草稿；请先细化，再接受结果。</translation>
    </message>
    <message>
        <source>This job has no finished candidate yet; wait until it is done.</source>
        <translation>此任务还没有完成的候选；请等待其完成。</translation>
    </message>
    <message>
        <source>This result is a layer already; it is the active layer now.</source>
        <translation>该结果已经是一个图层；它现在是活动图层。</translation>
    </message>
    <message>
        <source>This result is rejected; take that back with X, then accept it.</source>
        <translation>此结果已被拒绝；请按 X 取消拒绝，然后再接受。</translation>
    </message>
    <message>
        <source>{differing} pixels outside the mask changed; undo and report this.</source>
        <translation>蒙版之外有 {differing} 个像素发生了变化；请撤销并报告此问题。</translation>
    </message>
    <message>
        <source>{name}: shadow</source>
        <translation>{name}：阴影</translation>
    </message>
</context>
<context>
    <name>Canvas</name>
    <message>
        <source>Canvas</source>
        <translation>画布</translation>
    </message>
    <message>
        <source>The picture; paint over what should change.</source>
        <translation>图像；请涂抹要更改的部分。</translation>
    </message>
</context>
<context>
    <name>CanvasActions</name>
    <message>
        <source>A picture is at least one pixel wide and high.</source>
        <translation>图像的宽和高至少为一个像素。</translation>
    </message>
    <message>
        <source>Canvas size</source>
        <translation>画布大小</translation>
    </message>
    <message>
        <source>Crop to mask</source>
        <translation>裁剪到蒙版</translation>
    </message>
    <message>
        <source>Drag an edge outward, or enter how many pixels to add.</source>
        <translation>向外拖动边缘，或输入要添加的像素数。</translation>
    </message>
    <message>
        <source>Extend canvas</source>
        <translation>扩展画布</translation>
    </message>
    <message>
        <source>Extend canvas ({number})</source>
        <translation>扩展画布（{number}）</translation>
    </message>
    <message>
        <source>Extend the canvas first; while nothing but the mask is changed, the new area can be filled in other ways.</source>
        <translation>请先扩展画布；只要除蒙版外没有其他更改，就可以用其他方式填充新区域。</translation>
    </message>
    <message>
        <source>Extended</source>
        <translation>扩展部分</translation>
    </message>
    <message>
        <source>Extended. Image &gt; Extend &gt; Another result fills the new area in another way.</source>
        <translation>已扩展。图像 &gt; 扩展 &gt; 另一个结果 可用其他方式填充新区域。</translation>
    </message>
    <message>
        <source>Flip</source>
        <translation>翻转</translation>
    </message>
    <message>
        <source>Nothing is painted; paint over what to keep, then crop again.</source>
        <translation>尚未涂抹；请涂抹要保留的部分，然后再次裁剪。</translation>
    </message>
    <message>
        <source>Rotate</source>
        <translation>旋转</translation>
    </message>
    <message>
        <source>Scale to {size}</source>
        <translation>缩放到 {size}</translation>
    </message>
    <message>
        <source>The picture has changed in the meantime; extend the canvas again.</source>
        <translation>图像在此期间已更改；请重新扩展画布。</translation>
    </message>
    <message>
        <source>{depth} bits a channel</source>
        <translation>每通道 {depth} 位</translation>
    </message>
    <message>
        <source>{size} is too large; at most {longest} pixels a side and {largest} megapixels are possible.</source>
        <translation>{size} 太大；每边最多 {longest} 像素，总共最多 {largest} 百万像素。</translation>
    </message>
</context>
<context>
    <name>CanvasExtension</name>
    <message>
        <source>Nothing is to be added; give at least one side some pixels, none below 0.</source>
        <translation>没有要添加的内容；请至少为一边指定像素数，且不得小于 0。</translation>
    </message>
</context>
<context>
    <name>Child</name>
    <message>
        <source>&apos;{name}&apos; needs more memory to decode than its size explains; save a new copy of it from another program.</source>
        <translation>“{name}”解码所需的内存超出其大小应有的范围；请从其他程序重新保存一份副本。</translation>
    </message>
    <message>
        <source>There is not enough memory to write the file; close other documents.</source>
        <translation>内存不足，无法写入文件；请关闭其他文档。</translation>
    </message>
</context>
<context>
    <name>Clipboard</name>
    <message>
        <source>Copied {size} pixels.</source>
        <translation>已拷贝 {size} 像素。</translation>
    </message>
    <message>
        <source>Cut {size} pixels.</source>
        <translation>已剪切 {size} 像素。</translation>
    </message>
    <message>
        <source>The picture</source>
        <translation>图像</translation>
    </message>
    <message>
        <source>There is no picture on the clipboard; copy one first.</source>
        <translation>剪贴板上没有图像；请先拷贝一个。</translation>
    </message>
</context>
<context>
    <name>ClipboardActions</name>
    <message>
        <source>&apos;{name}&apos; is locked; unlock it first.</source>
        <translation>“{name}”已锁定；请先解锁。</translation>
    </message>
    <message>
        <source>&apos;{name}&apos; was changed while it was copied; cut it again.</source>
        <translation>“{name}”在拷贝期间已更改；请重新剪切。</translation>
    </message>
    <message>
        <source>Choose a layer with pixels to cut.</source>
        <translation>请选择有像素的图层再剪切。</translation>
    </message>
    <message>
        <source>Choose a layer with pixels, or copy all visible layers.</source>
        <translation>请选择含有像素的图层，或拷贝所有可见图层。</translation>
    </message>
    <message>
        <source>Cut</source>
        <translation>剪切</translation>
    </message>
    <message>
        <source>Nothing is painted; paint over what to cut first.</source>
        <translation>尚未涂抹；请先涂抹要剪切的部分。</translation>
    </message>
    <message>
        <source>Paste</source>
        <translation>粘贴</translation>
    </message>
    <message>
        <source>Pasted</source>
        <translation>粘贴的图像</translation>
    </message>
    <message>
        <source>The pasted picture is larger than the canvas, so that its edges were cut; extend the canvas first to keep them.</source>
        <translation>粘贴的图像比画布大，其边缘已被裁掉；若要保留，请先扩展画布。</translation>
    </message>
    <message>
        <source>The transparency of &apos;{name}&apos; is locked; unlock it in the layer menu to cut.</source>
        <translation>“{name}”的透明度已锁定；要剪切，请先在图层菜单中解锁。</translation>
    </message>
    <message>
        <source>There is nothing to copy here: all of it is transparent.</source>
        <translation>这里没有可拷贝的内容：全部透明。</translation>
    </message>
    <message>
        <source>There is nothing to cut in &apos;{name}&apos;: what is painted is transparent there; choose another layer.</source>
        <translation>“{name}”中没有可剪切的内容：所涂的区域在该图层上是透明的；请选择其他图层。</translation>
    </message>
</context>
<context>
    <name>ColorSwatches</name>
    <message>
        <source>Color</source>
        <translation>颜色</translation>
    </message>
    <message>
        <source>Color to paint with</source>
        <translation>绘画颜色</translation>
    </message>
    <message>
        <source>Exchange the two colors</source>
        <translation>互换两种颜色</translation>
    </message>
    <message>
        <source>Second color</source>
        <translation>第二颜色</translation>
    </message>
    <message>
        <source>Second color, where gradients lead</source>
        <translation>第二颜色，即渐变的终点颜色</translation>
    </message>
</context>
<context>
    <name>CommandPalette</name>
    <message>
        <source>Find a command</source>
        <translation>查找命令</translation>
    </message>
    <message>
        <source>Matching commands</source>
        <translation>匹配的命令</translation>
    </message>
    <message>
        <source>Nothing found; try another word.</source>
        <translation>没有找到；请换一个词。</translation>
    </message>
    <message>
        <source>Search for a command</source>
        <translation>搜索命令</translation>
    </message>
    <message>
        <source>What do you want to do?</source>
        <translation>您想做什么？</translation>
    </message>
</context>
<context>
    <name>Commands</name>
    <message>
        <source>brightness contrast histogram</source>
        <translation>亮度 对比度 直方图</translation>
    </message>
    <message>
        <source>brightness lighten darken</source>
        <translation>亮度 变亮 变暗</translation>
    </message>
    <message>
        <source>clipping mask</source>
        <translation>剪贴蒙版</translation>
    </message>
    <message>
        <source>color temperature tint</source>
        <translation>色温 色调 偏色</translation>
    </message>
    <message>
        <source>compare</source>
        <translation>比较 对比</translation>
    </message>
    <message>
        <source>compare original</source>
        <translation>比较 对比 原图</translation>
    </message>
    <message>
        <source>compare split</source>
        <translation>比较 对比 分割</translation>
    </message>
    <message>
        <source>delete object content-aware fill</source>
        <translation>删除物体 去除 内容识别填充</translation>
    </message>
    <message>
        <source>deselect</source>
        <translation>取消选择</translation>
    </message>
    <message>
        <source>expand uncrop outpaint</source>
        <translation>扩图 外扩 扩边</translation>
    </message>
    <message>
        <source>eyedropper</source>
        <translation>吸管</translation>
    </message>
    <message>
        <source>fill</source>
        <translation>填充</translation>
    </message>
    <message>
        <source>free transform scale rotate resize distort perspective</source>
        <translation>自由变换 缩放 旋转 扭曲 透视</translation>
    </message>
    <message>
        <source>generative fill</source>
        <translation>创成式填充 生成式填充</translation>
    </message>
    <message>
        <source>image size resize resample</source>
        <translation>图像大小 改变大小 重采样</translation>
    </message>
    <message>
        <source>marquee selection</source>
        <translation>选框 选区</translation>
    </message>
    <message>
        <source>mirror</source>
        <translation>镜像</translation>
    </message>
    <message>
        <source>pan move</source>
        <translation>平移 抓手</translation>
    </message>
    <message>
        <source>quick selection subject</source>
        <translation>快速选择 选择主体</translation>
    </message>
    <message>
        <source>save as jpeg png</source>
        <translation>另存为 导出 jpeg png</translation>
    </message>
    <message>
        <source>spot healing patch blemish</source>
        <translation>污点修复 修补 瑕疵</translation>
    </message>
    <message>
        <source>straighten rotate level horizon trim</source>
        <translation>拉直 旋转 水平 地平线 裁切</translation>
    </message>
    <message>
        <source>vibrance recolor colorize</source>
        <translation>自然饱和度 换色 改色 着色</translation>
    </message>
</context>
<context>
    <name>CompareExtensions</name>
    <message>
        <source>Click or use the arrow keys to choose  ·  Esc returns</source>
        <translation>单击或用方向键选择  ·  Esc 返回</translation>
    </message>
    <message>
        <source>Result {number}</source>
        <translation>结果 {number}</translation>
    </message>
    <message>
        <source>{name}: click to choose it, double-click to return</source>
        <translation>{name}：单击选择，双击返回</translation>
    </message>
</context>
<context>
    <name>CompareView</name>
    <message>
        <source>As it is now</source>
        <translation>现在的样子</translation>
    </message>
    <message>
        <source>Candidate {caption}</source>
        <translation>候选 {caption}</translation>
    </message>
    <message>
        <source>Candidate {caption}: click to choose it, double-click to accept it</source>
        <translation>候选 {caption}：单击选择，双击接受</translation>
    </message>
    <message>
        <source>Candidate {caption}: click to choose it, double-click to refine it</source>
        <translation>候选 {caption}：单击选择，双击细化</translation>
    </message>
    <message>
        <source>Click or use the arrow keys to choose  ·  Enter accepts  ·  Esc returns</source>
        <translation>单击或用方向键选择  ·  Enter 接受  ·  Esc 返回</translation>
    </message>
    <message>
        <source>Click or use the arrow keys to choose  ·  Enter refines  ·  Esc returns</source>
        <translation>单击或用方向键选择  ·  Enter 细化  ·  Esc 返回</translation>
    </message>
    <message>
        <source>Fitting it into the photo…</source>
        <translation>正在融入照片…</translation>
    </message>
    <message>
        <source>Original</source>
        <translation>原图</translation>
    </message>
    <message>
        <source>Results side by side</source>
        <translation>并排显示的结果</translation>
    </message>
    <message>
        <source>The photo as it is; click to keep it  (Esc)</source>
        <translation>未改动的照片；单击以保留  (Esc)</translation>
    </message>
</context>
<context>
    <name>Complete</name>
    <message>
        <source>At least one candidate is needed, not {count}.</source>
        <translation>至少需要一个候选，而不是 {count}。</translation>
    </message>
    <message>
        <source>Nothing is left to take from: all of the picture is masked, avoided or outside of the area to take from; make that area larger.</source>
        <translation>没有可供取样的部分：整个图像都被蒙版覆盖、被排除或位于取样区域之外；请扩大该区域。</translation>
    </message>
    <message>
        <source>Nothing is masked; paint over what is to be removed.</source>
        <translation>没有蒙版；请涂抹要移除的部分。</translation>
    </message>
    <message>
        <source>The whole picture is masked, so nothing is left to fill it from; leave a part unmasked.</source>
        <translation>整个图像都被蒙版覆盖，没有可用于填充的部分；请留出一部分。</translation>
    </message>
    <message>
        <source>The {name} is {mask_width} x {mask_height} pixels, the picture {width} x {height}; give it the picture&apos;s size.</source>
        <translation>{name}为 {mask_width} x {mask_height} 像素，图像为 {width} x {height}；请使其与图像大小相同。</translation>
    </message>
    <message>
        <source>mask</source>
        <translation>蒙版</translation>
    </message>
    <message>
        <source>mask of what to avoid</source>
        <translation>排除区域蒙版</translation>
    </message>
    <message>
        <source>mask of where to take from</source>
        <translation>取样区域蒙版</translation>
    </message>
</context>
<context>
    <name>CompletionJobs</name>
    <message>
        <source>Filling from the photo</source>
        <translation>正在用照片内容填充</translation>
    </message>
</context>
<context>
    <name>CurveEditor</name>
    <message>
        <source>Click to add a point, drag to move it, drag it out to remove it</source>
        <translation>单击添加点，拖动可移动，拖出可移除</translation>
    </message>
    <message>
        <source>Curve</source>
        <translation>曲线</translation>
    </message>
    <message>
        <source>Histogram</source>
        <translation>直方图</translation>
    </message>
    <message>
        <source>Point {place} of {count}: {tone} becomes {wanted}</source>
        <translation>第 {place} 个点，共 {count} 个：{tone} 变为 {wanted}</translation>
    </message>
</context>
<context>
    <name>DeepRead</name>
    <message>
        <source>The picture has more than 8 bits a channel, of which 8 were read, since it is turned.</source>
        <translation>图像每通道超过 8 位，因为经过旋转，只读取了 8 位。</translation>
    </message>
</context>
<context>
    <name>Detect</name>
    <message>
        <source>Some numbers of {name} are damaged; download or copy it again.</source>
        <translation>{name} 中的一些数值已损坏；请重新下载或拷贝。</translation>
    </message>
    <message>
        <source>The header of {name} does not describe a network; choose another file.</source>
        <translation>{name} 的文件头没有描述网络；请选择其他文件。</translation>
    </message>
    <message>
        <source>There is no file {path}; choose another.</source>
        <translation>没有文件 {path}；请选择其他文件。</translation>
    </message>
    <message>
        <source>{name} holds no network of GLIDE; choose another file.</source>
        <translation>{name} 中没有 GLIDE 网络；请选择其他文件。</translation>
    </message>
    <message>
        <source>{name} is a web page and not a checkpoint; download it again.</source>
        <translation>{name} 是网页而不是模型文件；请重新下载。</translation>
    </message>
    <message>
        <source>{name} is damaged, or holds other things than tensors; choose another file.</source>
        <translation>{name} 已损坏，或包含张量以外的内容；请选择其他文件。</translation>
    </message>
    <message>
        <source>{name} is not an ordinary file; choose another.</source>
        <translation>{name} 不是普通文件；请选择其他文件。</translation>
    </message>
</context>
<context>
    <name>Dialogs</name>
    <message>
        <source>&amp;Look in:</source>
        <translation>查找范围(&amp;L)：</translation>
    </message>
    <message>
        <source>&lt;b&gt;Save the changes to {count} documents?&lt;/b&gt;</source>
        <translation>&lt;b&gt;要保存对 {count} 个文档的更改吗？&lt;/b&gt;</translation>
    </message>
    <message>
        <source>&lt;b&gt;Save the changes to “{name}”?&lt;/b&gt;</source>
        <translation>&lt;b&gt;要保存对“{name}”的更改吗？&lt;/b&gt;</translation>
    </message>
    <message>
        <source>&lt;b&gt;Save the results for “{name}”?&lt;/b&gt;</source>
        <translation>&lt;b&gt;要保存“{name}”的结果吗？&lt;/b&gt;</translation>
    </message>
    <message>
        <source>&lt;b&gt;Something is still being made. Close anyway?&lt;/b&gt;</source>
        <translation>&lt;b&gt;仍有内容正在制作。仍要关闭吗？&lt;/b&gt;</translation>
    </message>
    <message>
        <source>&lt;b&gt;The result in view is not part of the picture yet.&lt;/b&gt;</source>
        <translation>&lt;b&gt;当前显示的结果还不是图像的一部分。&lt;/b&gt;</translation>
    </message>
    <message>
        <source>&lt;b&gt;The window closes once this is written.&lt;/b&gt;</source>
        <translation>&lt;b&gt;以下内容写完后窗口即关闭。&lt;/b&gt;</translation>
    </message>
    <message>
        <source>&lt;b&gt;There is unsaved work on “{name}”: {work}.&lt;/b&gt;</source>
        <translation>&lt;b&gt;“{name}”有未保存的工作：{work}。&lt;/b&gt;</translation>
    </message>
    <message>
        <source>&lt;b&gt;“{name}” was changed by another program since you opened it.&lt;/b&gt;</source>
        <translation>&lt;b&gt;打开“{name}”之后，它已被其他程序更改。&lt;/b&gt;</translation>
    </message>
    <message>
        <source>&lt;p&gt;A local, text-guided photo editor. Nothing leaves this computer.&lt;/p&gt;&lt;p&gt;Glide Studio is licensed under the Apache License 2.0. The weights of the bundled “objects” model are licensed under CC-BY-SA-4.0; its model card lists the images that it was trained on and their licences.&lt;/p&gt;&lt;p&gt;The window is made with PySide6 and Qt {version}, used as shared libraries under the GNU Lesser General Public License, version 3; you may replace them with your own build.&lt;/p&gt;</source>
        <translation>&lt;p&gt;本地运行的、以文字引导的照片编辑器。任何内容都不会离开这台计算机。&lt;/p&gt;&lt;p&gt;Glide Studio 采用 Apache License 2.0 许可。随附的 “objects” 模型的权重采用 CC-BY-SA-4.0 许可；其模型卡列出了训练所用的图像及其许可。&lt;/p&gt;&lt;p&gt;窗口使用 PySide6 和 Qt {version} 制作，它们作为共享库按照 GNU Lesser General Public License 第 3 版使用；您可以用自己的构建版本替换它们。&lt;/p&gt;</translation>
    </message>
    <message>
        <source>About Glide Studio</source>
        <translation>关于 Glide Studio</translation>
    </message>
    <message>
        <source>Accept and export</source>
        <translation>接受并导出</translation>
    </message>
    <message>
        <source>Accept it to have it in the file.</source>
        <translation>接受后，文件中才会包含它。</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>所有文件 (*)</translation>
    </message>
    <message>
        <source>Close anyway</source>
        <translation>仍要关闭</translation>
    </message>
    <message>
        <source>Display profile</source>
        <translation>显示器配置文件</translation>
    </message>
    <message>
        <source>Don’t save</source>
        <translation>不保存</translation>
    </message>
    <message>
        <source>Don’t save any</source>
        <translation>全部不保存</translation>
    </message>
    <message>
        <source>Export image</source>
        <translation>导出图像</translation>
    </message>
    <message>
        <source>Export without it</source>
        <translation>不包含它导出</translation>
    </message>
    <message>
        <source>File changed</source>
        <translation>文件已更改</translation>
    </message>
    <message>
        <source>Files of &amp;type:</source>
        <translation>文件类型(&amp;T)：</translation>
    </message>
    <message>
        <source>Glide Studio projects (*.glide)</source>
        <translation>Glide Studio 项目 (*.glide)</translation>
    </message>
    <message>
        <source>ICC profiles (*.icc *.icm)</source>
        <translation>ICC 配置文件 (*.icc *.icm)</translation>
    </message>
    <message>
        <source>If you open the file instead, the unsaved work is kept for later.</source>
        <translation>如果改为打开文件，未保存的工作会留待以后。</translation>
    </message>
    <message>
        <source>Images ({suffixes})</source>
        <translation>图像 ({suffixes})</translation>
    </message>
    <message>
        <source>Images and projects ({suffixes})</source>
        <translation>图像和项目 ({suffixes})</translation>
    </message>
    <message>
        <source>It is a draft; refine it first to accept it.</source>
        <translation>这是草稿；请先细化，再接受。</translation>
    </message>
    <message>
        <source>Keep both</source>
        <translation>两者都保留</translation>
    </message>
    <message>
        <source>Keep both saves your work in a new file beside it.</source>
        <translation>“两者都保留”会将您的工作保存为旁边的新文件。</translation>
    </message>
    <message>
        <source>Load mask</source>
        <translation>载入蒙版</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>打开</translation>
    </message>
    <message>
        <source>Open the file</source>
        <translation>打开文件</translation>
    </message>
    <message>
        <source>Otherwise they are lost when the document is closed.</source>
        <translation>否则关闭文档时这些更改将丢失。</translation>
    </message>
    <message>
        <source>Otherwise they are lost when the window is closed.</source>
        <translation>否则关闭窗口时它们会丢失。</translation>
    </message>
    <message>
        <source>Recover</source>
        <translation>恢复</translation>
    </message>
    <message>
        <source>Replace</source>
        <translation>替换</translation>
    </message>
    <message>
        <source>Replace it</source>
        <translation>替换</translation>
    </message>
    <message>
        <source>Replace what is selected with {new}?</source>
        <translation>要将选中的内容替换为 {new} 吗？</translation>
    </message>
    <message>
        <source>Replace what the mask covers with {new}?</source>
        <translation>要将蒙版覆盖的内容替换为 {new} 吗？</translation>
    </message>
    <message>
        <source>Review each…</source>
        <translation>逐个查看…</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>保存</translation>
    </message>
    <message>
        <source>Save all</source>
        <translation>全部保存</translation>
    </message>
    <message>
        <source>Save all…</source>
        <translation>全部保存…</translation>
    </message>
    <message>
        <source>Save mask as an image</source>
        <translation>将蒙版存储为图像</translation>
    </message>
    <message>
        <source>Save project</source>
        <translation>存储项目</translation>
    </message>
    <message>
        <source>Save…</source>
        <translation>保存…</translation>
    </message>
    <message>
        <source>Since the project was saved, results were added, deleted, or marked as favorites or rejected. Otherwise that is lost when the document is closed.</source>
        <translation>自上次保存项目以来，有结果被添加、删除，或被标为收藏或拒绝。如不保存，关闭文档时这些更改将丢失。</translation>
    </message>
    <message>
        <source>Still being made</source>
        <translation>正在制作</translation>
    </message>
    <message>
        <source>Still being written</source>
        <translation>仍在写入</translation>
    </message>
    <message>
        <source>The mask shows what was found for “{old}”. It is removed first.</source>
        <translation>蒙版显示为“{old}”找到的内容。它会先被移除。</translation>
    </message>
    <message>
        <source>Unsaved changes</source>
        <translation>未保存的更改</translation>
    </message>
    <message>
        <source>Unsaved work</source>
        <translation>未保存的工作</translation>
    </message>
    <message>
        <source>What is not finished is lost.</source>
        <translation>未完成的内容将丢失。</translation>
    </message>
    <message>
        <source>You have not chosen among them yet. A project keeps them; otherwise they are lost when the document is closed.</source>
        <translation>您尚未从中选择。项目会保留它们；否则关闭文档后它们将丢失。</translation>
    </message>
    <message>
        <source>and {count} more</source>
        <translation>以及另外 {count} 个</translation>
    </message>
    <message>
        <source>{title} by (pixels)</source>
        <translation>{title}（像素）</translation>
    </message>
    <message>
        <source>“{old}” was not found in the picture, but a mask is there. What it covers is removed first.</source>
        <translation>图片中没有找到“{old}”，但已有蒙版。蒙版覆盖的内容会先被移除。</translation>
    </message>
</context>
<context>
    <name>Display</name>
    <message>
        <source>&apos;{name}&apos; cannot be read ({strerror}).</source>
        <translation>无法读取“{name}”（{strerror}）。</translation>
    </message>
    <message>
        <source>&apos;{name}&apos; is no profile of an RGB display; choose another file.</source>
        <translation>“{name}”不是 RGB 显示器的配置文件；请选择其他文件。</translation>
    </message>
</context>
<context>
    <name>DisplayProfile</name>
    <message>
        <source>From a file…</source>
        <translation>来自文件…</translation>
    </message>
    <message>
        <source>Of the display</source>
        <translation>显示器的配置文件</translation>
    </message>
    <message>
        <source>Of the display ({name})</source>
        <translation>显示器的配置文件 ({name})</translation>
    </message>
</context>
<context>
    <name>DocumentIo</name>
    <message>
        <source>%n tile(s)</source>
        <translation>%n 个图块</translation>
    </message>
    <message>
        <source>&apos;{name}&apos; has layers of its own; open it, or export it as a picture.</source>
        <translation>“{name}”本身含有图层；请打开它，或将其导出为图像。</translation>
    </message>
    <message>
        <source>&apos;{name}&apos; is damaged: {what} of {side} x {side} pixels cannot be read and will be empty, all else is whole; go back to an older copy if you miss something.</source>
        <translation>“{name}”已损坏：有 {what}（{side} x {side} 像素）无法读取，将为空，其余部分完好；如果缺少内容，请使用较旧的副本。</translation>
    </message>
    <message>
        <source>&apos;{name}&apos; is open already; undo leads back in it.</source>
        <translation>“{name}”已经打开；可通过撤销回到其中。</translation>
    </message>
    <message>
        <source>Add {name}</source>
        <translation>添加{name}</translation>
    </message>
    <message>
        <source>Exporting {name}…</source>
        <translation>正在导出 {name}…</translation>
    </message>
    <message>
        <source>Kept masks are saved in a .glide project alone; save one as well if you need them.</source>
        <translation>保留的蒙版只保存在 .glide 项目中；如果需要，请另外保存一个项目。</translation>
    </message>
    <message>
        <source>Load mask</source>
        <translation>载入蒙版</translation>
    </message>
    <message>
        <source>Open {name}</source>
        <translation>打开 {name}</translation>
    </message>
    <message>
        <source>Opened {name}.</source>
        <translation>已打开 {name}。</translation>
    </message>
    <message>
        <source>Opening {name}…</source>
        <translation>正在打开 {name}…</translation>
    </message>
    <message>
        <source>Recovered {name}.</source>
        <translation>已恢复 {name}。</translation>
    </message>
    <message>
        <source>Saved as {name}.</source>
        <translation>已另存为 {name}。</translation>
    </message>
    <message>
        <source>Saving {name}…</source>
        <translation>正在保存 {name}…</translation>
    </message>
    <message>
        <source>The picture has changed in the meantime; try again.</source>
        <translation>图像在此期间已更改；请重试。</translation>
    </message>
    <message>
        <source>These files could not be read: {names}. Open one by itself to see why.</source>
        <translation>无法读取这些文件：{names}。单独打开其中一个即可查看原因。</translation>
    </message>
    <message>
        <source>{names} and {count} more</source>
        <translation>{names} 等，另有 {count} 个</translation>
    </message>
</context>
<context>
    <name>DropZones</name>
    <message>
        <source>Add as a layer</source>
        <translation>添加为图层</translation>
    </message>
    <message>
        <source>Open in a tab</source>
        <translation>在标签页中打开</translation>
    </message>
    <message>
        <source>Use as the mask</source>
        <translation>用作蒙版</translation>
    </message>
</context>
<context>
    <name>Editor</name>
    <message>
        <source>Loading the model…</source>
        <translation>正在载入模型…</translation>
    </message>
    <message>
        <source>The results stay in Results; click one there to choose it again.</source>
        <translation>结果仍保留在“结果”面板中；单击其中一个即可再次选择。</translation>
    </message>
    <message>
        <source>There is no saved version to go back to.</source>
        <translation>没有可恢复到的已保存版本。</translation>
    </message>
</context>
<context>
    <name>Engine</name>
    <message>
        <source>Memory was short, so this goes on with one candidate and one network at a time.</source>
        <translation>内存不足，因此改为一次只处理一个候选和一个网络。</translation>
    </message>
    <message>
        <source>There is not enough memory for this; close other programs, ask for fewer candidates or choose a smaller model.</source>
        <translation>内存不足；请关闭其他程序、减少候选数量或选择较小的模型。</translation>
    </message>
    <message>
        <source>torch.compile does not work here, where it needs a C++ compiler, or Triton on CUDA; start without GLIDE_STUDIO_COMPILE.</source>
        <translation>torch.compile 在此不可用，它需要 C++ 编译器，在 CUDA 上需要 Triton；请在不设置 GLIDE_STUDIO_COMPILE 的情况下启动。</translation>
    </message>
</context>
<context>
    <name>ExportDialog</name>
    <message>
        <source>8 bits per channel, without profile and metadata. Layers are merged.</source>
        <translation>每通道 8 位，不含配置文件和元数据。图层会合并。</translation>
    </message>
    <message>
        <source>All layers are kept. The history and the saved masks are in the project only.</source>
        <translation>保留所有图层。历史记录和保存的蒙版只在项目中。</translation>
    </message>
    <message>
        <source>Convert to sRGB</source>
        <translation>转换为 sRGB</translation>
    </message>
    <message>
        <source>Depth</source>
        <translation>深度</translation>
    </message>
    <message>
        <source>Every pixel is kept exactly, with 8 bits per channel. Layers are merged.</source>
        <translation>精确保留每个像素，每通道 8 位。图层会合并。</translation>
    </message>
    <message>
        <source>Every pixel is kept exactly. Layers are merged.</source>
        <translation>精确保留每个像素。图层会合并。</translation>
    </message>
    <message>
        <source>Export image</source>
        <translation>导出图像</translation>
    </message>
    <message>
        <source>Export…</source>
        <translation>导出…</translation>
    </message>
    <message>
        <source>Format</source>
        <translation>格式</translation>
    </message>
    <message>
        <source>Height</source>
        <translation>高度</translation>
    </message>
    <message>
        <source>Keep EXIF, XMP and resolution</source>
        <translation>保留 EXIF、XMP 和分辨率</translation>
    </message>
    <message>
        <source>Keep the photo&apos;s own JPEG where it was not edited</source>
        <translation>未编辑之处保留照片原有的 JPEG</translation>
    </message>
    <message>
        <source>Keep the photo&apos;s profile</source>
        <translation>保留照片的配置文件</translation>
    </message>
    <message>
        <source>Leave the profile out</source>
        <translation>不含配置文件</translation>
    </message>
    <message>
        <source>Only the parts that were edited are encoded again. Layers are merged.</source>
        <translation>只重新编码已编辑的部分。图层会合并。</translation>
    </message>
    <message>
        <source>OpenRaster, with layers</source>
        <translation>OpenRaster（保留图层）</translation>
    </message>
    <message>
        <source>Photoshop, with layers</source>
        <translation>Photoshop（保留图层）</translation>
    </message>
    <message>
        <source>Pixels are kept approximately, with 8 bits per channel. Layers are merged.</source>
        <translation>近似保留像素，每通道 8 位。图层会合并。</translation>
    </message>
    <message>
        <source>Profile</source>
        <translation>配置文件</translation>
    </message>
    <message>
        <source>Quality</source>
        <translation>品质</translation>
    </message>
    <message>
        <source>The whole picture is encoded again, because {reason}.</source>
        <translation>整张图像会重新编码，因为{reason}。</translation>
    </message>
    <message>
        <source>Width</source>
        <translation>宽度</translation>
    </message>
    <message>
        <source>Write prompt, seed and model of each fill</source>
        <translation>写入每次填充的提示词、种子和模型</translation>
    </message>
    <message>
        <source>{bits} bits per channel</source>
        <translation>每通道 {bits} 位</translation>
    </message>
</context>
<context>
    <name>ExportOptions</name>
    <message>
        <source>&apos;{name}&apos; does not end in a format that can be written; use .png, .jpg, .tif, .webp, .avif or .bmp.</source>
        <translation>“{name}”的扩展名不是可写入的格式；请使用 .png、.jpg、.tif、.webp、.avif 或 .bmp。</translation>
    </message>
</context>
<context>
    <name>Exporting</name>
    <message>
        <source>A picture is at least one pixel wide, not {width} pixels.</source>
        <translation>图像的宽度至少为一个像素，而不是 {width} 像素。</translation>
    </message>
    <message>
        <source>A project is read again and counted before it takes the place of an older one.</source>
        <translation>项目在取代旧项目之前会被重新读取并核对。</translation>
    </message>
    <message>
        <source>All {same} pixels in the file are exactly those shown.</source>
        <translation>文件中的全部 {same} 个像素与显示的完全一致。</translation>
    </message>
    <message>
        <source>The file has {size} pixels of {depth} bits; {shown} were shown.</source>
        <translation>文件为 {size} 像素、{depth} 位；显示的是 {shown}。</translation>
    </message>
    <message>
        <source>{format} keeps pixels only nearly; PNG and TIFF keep them exactly.</source>
        <translation>{format} 只能近似保留像素；PNG 和 TIFF 能精确保留。</translation>
    </message>
    <message>
        <source>{same} of {area} pixels in the file are exactly those shown; the others differ by at most {largest} of {top}.</source>
        <translation>文件中 {area} 个像素里有 {same} 个与显示的完全一致；其余像素最多相差 {largest}（满值为 {top}）。</translation>
    </message>
</context>
<context>
    <name>Extras</name>
    <message>
        <source>&apos;{name}&apos; is a {kind} picture, which needs the package &apos;{package}&apos;; install it with `{command}` and start again.</source>
        <translation>“{name}”是 {kind} 图像，需要软件包“{package}”；请用 `{command}` 安装，然后重新启动。</translation>
    </message>
    <message>
        <source>camera RAW</source>
        <translation>相机 RAW</translation>
    </message>
</context>
<context>
    <name>FileActions</name>
    <message>
        <source> mask</source>
        <translation> 蒙版</translation>
    </message>
    <message>
        <source>%n edit(s), {when}</source>
        <translation>%n 次编辑，{when}</translation>
    </message>
    <message>
        <source>-edited</source>
        <translation>-已编辑</translation>
    </message>
    <message>
        <source>Add as layers</source>
        <translation>添加为图层</translation>
    </message>
    <message>
        <source>untitled</source>
        <translation>未命名</translation>
    </message>
</context>
<context>
    <name>FillRequests</name>
    <message>
        <source>No model is installed here; add one first.</source>
        <translation>这里没有安装模型；请先添加一个。</translation>
    </message>
    <message>
        <source>Nothing is painted yet; paint over what should change first.</source>
        <translation>尚未涂抹；请先涂抹要更改的部分。</translation>
    </message>
    <message>
        <source>There is no model &apos;{name}&apos; here; the installed models are: {known}.</source>
        <translation>这里没有模型“{name}”；已安装的模型有：{known}。</translation>
    </message>
</context>
<context>
    <name>FirstSteps</name>
    <message>
        <source>Arrow keys show each draft. Enter refines it, Enter again accepts it. Esc keeps the original.</source>
        <translation>用方向键查看各个草稿。Enter 细化草稿，再按 Enter 接受结果，Esc 保留原图。</translation>
    </message>
    <message>
        <source>Arrow keys show each result. Enter accepts it, Esc keeps the original.</source>
        <translation>用方向键查看各个结果。Enter 接受结果，Esc 保留原图。</translation>
    </message>
    <message>
        <source>Click into the prompt, say what should be there, for example “a red apple”, and press Enter.</source>
        <translation>点按提示词输入框，用英语输入那里应该有什么，例如“a red apple”，然后按 Enter。</translation>
    </message>
    <message>
        <source>First steps</source>
        <translation>第一步</translation>
    </message>
    <message>
        <source>Paint over an empty spot on the table.</source>
        <translation>在桌上涂抹一块空白之处。</translation>
    </message>
    <message>
        <source>Skip the first steps</source>
        <translation>跳过入门提示</translation>
    </message>
    <message>
        <source>{step} of {count}</source>
        <translation>{step} / {count}</translation>
    </message>
</context>
<context>
    <name>Fitting</name>
    <message>
        <source>Adding the layer</source>
        <translation>正在添加图层</translation>
    </message>
    <message>
        <source>Reading the photo</source>
        <translation>正在读取照片</translation>
    </message>
</context>
<context>
    <name>FrameBars</name>
    <message>
        <source>Angle in degrees</source>
        <translation>角度（度）</translation>
    </message>
    <message>
        <source>Apply</source>
        <translation>应用</translation>
    </message>
    <message>
        <source>Apply the transform  (Enter)</source>
        <translation>应用变换  (Enter)</translation>
    </message>
    <message>
        <source>Aspect ratio</source>
        <translation>长宽比</translation>
    </message>
    <message>
        <source>Aspect ratio that the frame keeps</source>
        <translation>裁剪框保持的长宽比</translation>
    </message>
    <message>
        <source>Center, from the left, in pixels</source>
        <translation>中心距左边的像素数</translation>
    </message>
    <message>
        <source>Center, from the top, in pixels</source>
        <translation>中心距上边的像素数</translation>
    </message>
    <message>
        <source>Crop</source>
        <translation>裁剪</translation>
    </message>
    <message>
        <source>Crop to the frame  (Enter)</source>
        <translation>裁剪到裁剪框  (Enter)</translation>
    </message>
    <message>
        <source>Flip horizontally</source>
        <translation>水平翻转</translation>
    </message>
    <message>
        <source>Flip vertically</source>
        <translation>垂直翻转</translation>
    </message>
    <message>
        <source>Frame the whole picture</source>
        <translation>框住整个图像</translation>
    </message>
    <message>
        <source>Height in pixels, or % of before</source>
        <translation>高度（像素），或原来的百分比</translation>
    </message>
    <message>
        <source>Keep the proportions of width and height</source>
        <translation>保持宽度与高度的比例</translation>
    </message>
    <message>
        <source>Leave the layer as it was</source>
        <translation>图层保持不变</translation>
    </message>
    <message>
        <source>Straighten by a line: draw along what should be level or upright</source>
        <translation>按线拉直：沿着应当水平或竖直的边缘画线</translation>
    </message>
    <message>
        <source>Straighten: turn the frame, in degrees</source>
        <translation>拉直：转动裁剪框的角度（度）</translation>
    </message>
    <message>
        <source>Width in pixels, or % of before</source>
        <translation>宽度（像素），或原来的百分比</translation>
    </message>
</context>
<context>
    <name>GenerateMenu</name>
    <message>
        <source>&amp;Accept result</source>
        <translation>接受结果(&amp;A)</translation>
    </message>
    <message>
        <source>&amp;Cancel all</source>
        <translation>全部取消(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;Drafts first</source>
        <translation>先生成草稿(&amp;D)</translation>
    </message>
    <message>
        <source>&amp;Free memory</source>
        <translation>释放内存(&amp;F)</translation>
    </message>
    <message>
        <source>&amp;Generate</source>
        <translation>生成(&amp;G)</translation>
    </message>
    <message>
        <source>&amp;Keep original</source>
        <translation>保留原图(&amp;K)</translation>
    </message>
    <message>
        <source>&amp;Next result</source>
        <translation>下一个结果(&amp;N)</translation>
    </message>
    <message>
        <source>&amp;Queue</source>
        <translation>队列(&amp;Q)</translation>
    </message>
    <message>
        <source>D&amp;iscard these results</source>
        <translation>放弃这些结果(&amp;I)</translation>
    </message>
    <message>
        <source>Go to the &amp;prompt</source>
        <translation>转到提示词(&amp;P)</translation>
    </message>
    <message>
        <source>Pre&amp;vious result</source>
        <translation>上一个结果(&amp;V)</translation>
    </message>
    <message>
        <source>Show &amp;results</source>
        <translation>显示结果(&amp;R)</translation>
    </message>
    <message>
        <source>Where the detail takes long, make small drafts first and refine the picked ones</source>
        <translation>如果细节耗时较长，先生成小草稿，再细化选中的草稿</translation>
    </message>
</context>
<context>
    <name>Generation</name>
    <message>
        <source>Cancelled.</source>
        <translation>已取消。</translation>
    </message>
    <message>
        <source>Fill small holes</source>
        <translation>填充小空洞</translation>
    </message>
    <message>
        <source>The mask had small holes, which were painted over; undo that and generate again to keep them.</source>
        <translation>蒙版中有小空洞，已被填上；要保留它们，请撤销后再次生成。</translation>
    </message>
    <message>
        <source>The picture was cropped, turned, flipped or scaled since this was made; paint the area again.</source>
        <translation>制作此结果之后，图像已被裁剪、旋转、翻转或缩放；请重新涂抹该区域。</translation>
    </message>
    <message>
        <source>This result has all its detail already; choose a draft.</source>
        <translation>此结果已有全部细节；请选择一个草稿。</translation>
    </message>
    <message>
        <source>This was filled from the photo itself; only what a model made varies.</source>
        <translation>这是用照片本身的内容填充的；只有模型生成的结果才能变化。</translation>
    </message>
</context>
<context>
    <name>Gradients</name>
    <message>
        <source>The model &apos;{name}&apos; has no CLIP to judge drafts by; leave --best-of out.</source>
        <translation>模型“{name}”没有用于评判草稿的 CLIP；请去掉 --best-of。</translation>
    </message>
    <message>
        <source>The prompt names no class of this model&apos;s classifier; name one or set its number.</source>
        <translation>提示词没有提到此模型分类器的任何类别；请指明一个类别或设定其编号。</translation>
    </message>
    <message>
        <source>This classifier knows the classes 0 .. {count}; choose one of them.</source>
        <translation>此分类器的类别为 0 .. {count}；请从中选择一个。</translation>
    </message>
    <message>
        <source>This model&apos;s CLIP or classifier judges objects with transparency, which its base network does not draw; set their strength to 0.</source>
        <translation>此模型的 CLIP 或分类器评判带透明度的物体，而其基础网络不绘制这种物体；请将其强度设为 0。</translation>
    </message>
</context>
<context>
    <name>GuideActions</name>
    <message>
        <source>Add guide</source>
        <translation>添加参考线</translation>
    </message>
    <message>
        <source>Delete all guides</source>
        <translation>删除所有参考线</translation>
    </message>
    <message>
        <source>Delete guide</source>
        <translation>删除参考线</translation>
    </message>
    <message>
        <source>Move guide</source>
        <translation>移动参考线</translation>
    </message>
    <message>
        <source>There are {count} guides already; delete some first.</source>
        <translation>已有 {count} 条参考线；请先删除一些。</translation>
    </message>
</context>
<context>
    <name>GuideMenu</name>
    <message>
        <source>&amp;Guides</source>
        <translation>参考线(&amp;G)</translation>
    </message>
    <message>
        <source>Add</source>
        <translation>添加</translation>
    </message>
    <message>
        <source>Delete &amp;all guides</source>
        <translation>删除所有参考线(&amp;A)</translation>
    </message>
    <message>
        <source>Direction</source>
        <translation>方向</translation>
    </message>
    <message>
        <source>Drag from a ruler onto the picture for a guide</source>
        <translation>从标尺拖到图片上即可添加参考线</translation>
    </message>
    <message>
        <source>Horizontal</source>
        <translation>水平</translation>
    </message>
    <message>
        <source>Ne&amp;w guide…</source>
        <translation>新建参考线(&amp;W)…</translation>
    </message>
    <message>
        <source>New guide</source>
        <translation>新建参考线</translation>
    </message>
    <message>
        <source>Position</source>
        <translation>位置</translation>
    </message>
    <message>
        <source>Rul&amp;ers</source>
        <translation>标尺(&amp;E)</translation>
    </message>
    <message>
        <source>S&amp;nap to guides</source>
        <translation>对齐到参考线(&amp;N)</translation>
    </message>
    <message>
        <source>Show &amp;guides</source>
        <translation>显示参考线(&amp;G)</translation>
    </message>
    <message>
        <source>Vertical</source>
        <translation>垂直</translation>
    </message>
</context>
<context>
    <name>Harmonize</name>
    <message>
        <source>Adding grain</source>
        <translation>正在添加颗粒</translation>
    </message>
    <message>
        <source>Adding texture</source>
        <translation>正在添加纹理</translation>
    </message>
    <message>
        <source>Blending the edge</source>
        <translation>正在混合边缘</translation>
    </message>
    <message>
        <source>Matching colors</source>
        <translation>正在匹配颜色</translation>
    </message>
    <message>
        <source>Matching sharpness</source>
        <translation>正在匹配清晰度</translation>
    </message>
</context>
<context>
    <name>HelpWindows</name>
    <message>
        <source>Accept</source>
        <translation>接受</translation>
    </message>
    <message>
        <source>Add to the mask; keep a direction or an angle</source>
        <translation>添加到蒙版；保持方向或角度</translation>
    </message>
    <message>
        <source>Apply a frame, close a polygon</source>
        <translation>应用裁剪框，闭合多边形</translation>
    </message>
    <message>
        <source>Asking the commands…</source>
        <translation>正在查询各命令…</translation>
    </message>
    <message>
        <source>Before and after</source>
        <translation>前后对比</translation>
    </message>
    <message>
        <source>Brush size</source>
        <translation>画笔大小</translation>
    </message>
    <message>
        <source>Command line</source>
        <translation>命令行</translation>
    </message>
    <message>
        <source>Ctrl and drag</source>
        <translation>Ctrl 并拖动</translation>
    </message>
    <message>
        <source>Del</source>
        <translation>Del</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>删除</translation>
    </message>
    <message>
        <source>Drop what is being drawn or moved; stop a fill</source>
        <translation>放弃正在绘制或移动的内容；停止填充</translation>
    </message>
    <message>
        <source>Favorite</source>
        <translation>收藏</translation>
    </message>
    <message>
        <source>In the results</source>
        <translation>在结果中</translation>
    </message>
    <message>
        <source>Keep original</source>
        <translation>保留原图</translation>
    </message>
    <message>
        <source>More like this</source>
        <translation>更多类似的结果</translation>
    </message>
    <message>
        <source>Move a guide</source>
        <translation>移动参考线</translation>
    </message>
    <message>
        <source>Move the view, as the middle button does</source>
        <translation>移动视图，与鼠标中键相同</translation>
    </message>
    <message>
        <source>On the canvas</source>
        <translation>在画布上</translation>
    </message>
    <message>
        <source>One more with another seed</source>
        <translation>用其他种子再做一个</translation>
    </message>
    <message>
        <source>Reject</source>
        <translation>拒绝</translation>
    </message>
    <message>
        <source>Shift+R and drag</source>
        <translation>Shift+R 并拖动</translation>
    </message>
    <message>
        <source>Shortcuts</source>
        <translation>快捷键</translation>
    </message>
    <message>
        <source>Side by side</source>
        <translation>并排显示</translation>
    </message>
    <message>
        <source>Space</source>
        <translation>空格键</translation>
    </message>
    <message>
        <source>The commands gave no answer; type glide-studio --help in a terminal.</source>
        <translation>命令没有回应；请在终端中输入 glide-studio --help。</translation>
    </message>
    <message>
        <source>The opposite: erase, paint, subtract</source>
        <translation>相反操作：擦除、绘制、减去</translation>
    </message>
    <message>
        <source>The picture before</source>
        <translation>之前的图像</translation>
    </message>
    <message>
        <source>Turn the view</source>
        <translation>旋转视图</translation>
    </message>
    <message>
        <source>User guide</source>
        <translation>用户指南</translation>
    </message>
    <message>
        <source>Wheel</source>
        <translation>滚轮</translation>
    </message>
    <message>
        <source>Zoom</source>
        <translation>缩放</translation>
    </message>
    <message>
        <source>[  and  ]</source>
        <translation>[  和  ]</translation>
    </message>
    <message>
        <source>\  held</source>
        <translation>按住 \</translation>
    </message>
</context>
<context>
    <name>History</name>
    <message>
        <source>Open</source>
        <translation>打开</translation>
    </message>
</context>
<context>
    <name>HistoryPanel</name>
    <message>
        <source>Each step has a line</source>
        <translation>每一步各占一行</translation>
    </message>
    <message>
        <source>Equal steps as one</source>
        <translation>合并相同步骤</translation>
    </message>
    <message>
        <source>Equal steps that follow each other, as strokes do, are one line</source>
        <translation>连续的相同步骤（例如笔画）合并为一行</translation>
    </message>
    <message>
        <source>Every step</source>
        <translation>每一步</translation>
    </message>
    <message>
        <source>History</source>
        <translation>历史记录</translation>
    </message>
    <message>
        <source>Only steps that changed the picture, not the mask</source>
        <translation>只显示更改了图像而非蒙版的步骤</translation>
    </message>
    <message>
        <source>Which steps are listed</source>
        <translation>列出哪些步骤</translation>
    </message>
    <message>
        <source>Without steps of the mask</source>
        <translation>不含蒙版步骤</translation>
    </message>
    <message>
        <source>{label}  × {count}</source>
        <translation>{label}  × {count}</translation>
    </message>
</context>
<context>
    <name>ImageDocuments</name>
    <message>
        <source>Background</source>
        <translation>背景</translation>
    </message>
</context>
<context>
    <name>Installed</name>
    <message>
        <source>&apos;{name}&apos; already has a network as its {taken}; remove it first.</source>
        <translation>“{name}”已有网络用作 {taken}；请先将其移除。</translation>
    </message>
    <message>
        <source>&apos;{name}&apos; cannot be a model&apos;s name; choose one without slashes.</source>
        <translation>“{name}”不能用作模型名称；请选择不含斜杠的名称。</translation>
    </message>
    <message>
        <source>&apos;{name}&apos; is no weight file; choose one that ends in {suffixes}.</source>
        <translation>“{name}”不是权重文件；请选择扩展名为 {suffixes} 之一的文件。</translation>
    </message>
    <message>
        <source>A model called &apos;{name}&apos; is there already; choose another name.</source>
        <translation>已经有名为“{name}”的模型；请选择其他名称。</translation>
    </message>
    <message>
        <source>One of base network and upsampler makes transparency and the other does not; add two that belong together.</source>
        <translation>基础网络和放大网络中只有一个生成透明度；请添加相互匹配的两个。</translation>
    </message>
    <message>
        <source>The folder &apos;{name}&apos; holds no weight file ({suffixes}); choose another folder.</source>
        <translation>文件夹“{name}”中没有权重文件（{suffixes}）；请选择其他文件夹。</translation>
    </message>
    <message>
        <source>The model could not be copied: {reason}; make room and try again.</source>
        <translation>无法拷贝模型：{reason}；请腾出空间后重试。</translation>
    </message>
    <message>
        <source>The upsampler makes pictures of {side} pixels from the base network&apos;s of {base_side}; add one that enlarges.</source>
        <translation>放大网络由基础网络的 {base_side} 像素生成 {side} 像素的图像；请添加能够放大的网络。</translation>
    </message>
    <message>
        <source>There is no {source}; choose a weight file or a folder of them.</source>
        <translation>没有 {source}；请选择权重文件或其所在的文件夹。</translation>
    </message>
    <message>
        <source>You have no model of your own called &apos;{name}&apos;; `models list` shows them.</source>
        <translation>您没有名为“{name}”的自有模型；可用 `models list` 查看。</translation>
    </message>
    <message>
        <source>{name} and {other} are both a {role}; keep one.</source>
        <translation>{name} 和 {other} 都是 {role}；请保留一个。</translation>
    </message>
    <message>
        <source>{name} has changed since it was first verified; remove the model and add it again.</source>
        <translation>{name} 在首次验证之后已更改；请移除该模型并重新添加。</translation>
    </message>
    <message>
        <source>{name} holds no base network; add one first.</source>
        <translation>{name} 中没有基础网络；请先添加一个。</translation>
    </message>
    <message>
        <source>{name} is a network of kind {kind} and cannot be the {role}; choose another file.</source>
        <translation>{name} 是 {kind} 类型的网络，不能用作 {role}；请选择其他文件。</translation>
    </message>
    <message>
        <source>{path} is damaged; delete it and verify again.</source>
        <translation>{path} 已损坏；请将其删除并重新验证。</translation>
    </message>
</context>
<context>
    <name>JobSerialization</name>
    <message>
        <source>This result can no longer be read from the disk; press Generate to make new ones.</source>
        <translation>此结果已无法从磁盘读取；请按“生成”制作新的结果。</translation>
    </message>
</context>
<context>
    <name>JpegBlocks</name>
    <message>
        <source>its colors are stored at an unusual scale</source>
        <translation>其颜色以不常见的比例存储</translation>
    </message>
    <message>
        <source>their tables are in an unusual order</source>
        <translation>它们的表的顺序不常见</translation>
    </message>
    <message>
        <source>they are in inks, not in RGB</source>
        <translation>它们使用油墨颜色而不是 RGB</translation>
    </message>
    <message>
        <source>they cannot be read</source>
        <translation>无法读取它们</translation>
    </message>
    <message>
        <source>they cannot be written</source>
        <translation>无法写入它们</translation>
    </message>
</context>
<context>
    <name>JpegKeep</name>
    <message>
        <source>All {pixels} pixels are identical to the photo&apos;s own JPEG.</source>
        <translation>全部 {pixels} 个像素与照片原有的 JPEG 完全相同。</translation>
    </message>
    <message>
        <source>it is gray and the picture now has color</source>
        <translation>它是灰度图，而图像现在有颜色</translation>
    </message>
    <message>
        <source>the metadata has grown too long for a JPEG</source>
        <translation>元数据变得太长，JPEG 无法容纳</translation>
    </message>
    <message>
        <source>the picture has another color profile now</source>
        <translation>图像现在使用另一个颜色配置文件</translation>
    </message>
    <message>
        <source>the picture now has 16 bits a channel</source>
        <translation>图像现在为每通道 16 位</translation>
    </message>
    <message>
        <source>the picture was cropped, extended or scaled</source>
        <translation>图像已被裁剪、扩展或缩放</translation>
    </message>
    <message>
        <source>they are in inks, not in RGB</source>
        <translation>它们使用油墨颜色而不是 RGB</translation>
    </message>
    <message>
        <source>they can no longer be read</source>
        <translation>已无法再读取它们</translation>
    </message>
    <message>
        <source>they cannot be kept exactly</source>
        <translation>无法精确保留它们</translation>
    </message>
    <message>
        <source>they cannot be written</source>
        <translation>无法写入它们</translation>
    </message>
    <message>
        <source>they come in too many parts</source>
        <translation>它们被分成太多部分</translation>
    </message>
    <message>
        <source>{identical} of {pixels} pixels are identical to the photo&apos;s own JPEG: only {encoded} of its {blocks} blocks were encoded again.</source>
        <translation>{pixels} 个像素中有 {identical} 个与照片原有的 JPEG 完全相同：其 {blocks} 个块中只有 {encoded} 个被重新编码。</translation>
    </message>
</context>
<context>
    <name>JpegRead</name>
    <message>
        <source>JPEG with {precision} bits a channel is not supported; convert it to PNG or TIFF in the program that made it.</source>
        <translation>不支持每通道 {precision} 位的 JPEG；请在制作它的程序中转换为 PNG 或 TIFF。</translation>
    </message>
    <message>
        <source>Only the first part of its XMP was read, since it goes on in other blocks.</source>
        <translation>只读取了其 XMP 的第一部分，因为它在其他块中继续。</translation>
    </message>
    <message>
        <source>The file is damaged: bytes are lost or wrong about {x} pixels from the left and {y} from the top of the picture as stored, and what follows is displaced or has a wrong brightness or color; that part is selected. Compare it with another copy.</source>
        <translation>文件已损坏：按存储方向从左约 {x}、从上约 {y} 个像素处有字节丢失或错误，此后的图像错位，或亮度、颜色不对；该部分已被选中。请与另一份副本比较。</translation>
    </message>
    <message>
        <source>The file is damaged: from some place on, which is not known, the picture may be shifted or have wrong colors. Compare it with another copy.</source>
        <translation>文件已损坏：从某处开始（位置不明），图像可能错位或颜色错误。请与另一份副本比较。</translation>
    </message>
    <message>
        <source>This kind of JPEG (lossless or hierarchical) is not supported; convert it to PNG or TIFF in the program that made it.</source>
        <translation>不支持此类 JPEG（无损或分层）；请在制作它的程序中转换为 PNG 或 TIFF。</translation>
    </message>
</context>
<context>
    <name>LayerActions</name>
    <message>
        <source>&apos;{name}&apos; has a layer mask; click its picture in the list to paint on it.</source>
        <translation>“{name}”已有图层蒙版；点击列表中的蒙版缩略图即可在其上绘制。</translation>
    </message>
    <message>
        <source>&apos;{name}&apos; has no mask.</source>
        <translation>“{name}”没有蒙版。</translation>
    </message>
    <message>
        <source>&apos;{name}&apos; has no pixels; choose a layer with pixels.</source>
        <translation>“{name}”没有像素；请选择含有像素的图层。</translation>
    </message>
    <message>
        <source>&apos;{name}&apos; is locked; unlock it first.</source>
        <translation>“{name}”已锁定；请先解锁。</translation>
    </message>
    <message>
        <source>&apos;{name}&apos; is not a group; choose a group.</source>
        <translation>“{name}”不是组；请选择一个组。</translation>
    </message>
    <message>
        <source>&apos;{name}&apos; is not an adjustment; choose one.</source>
        <translation>“{name}”不是调整图层；请选择一个调整图层。</translation>
    </message>
    <message>
        <source>Add layer</source>
        <translation>添加图层</translation>
    </message>
    <message>
        <source>Add layer mask</source>
        <translation>添加图层蒙版</translation>
    </message>
    <message>
        <source>Add {name}</source>
        <translation>添加{name}</translation>
    </message>
    <message>
        <source>Change {name}</source>
        <translation>更改{name}</translation>
    </message>
    <message>
        <source>Choose a layer first.</source>
        <translation>请先选择图层。</translation>
    </message>
    <message>
        <source>Clip layer</source>
        <translation>剪贴图层</translation>
    </message>
    <message>
        <source>Curves</source>
        <translation>曲线</translation>
    </message>
    <message>
        <source>Delete layer</source>
        <translation>删除图层</translation>
    </message>
    <message>
        <source>Duplicate layer</source>
        <translation>复制图层</translation>
    </message>
    <message>
        <source>Exposure</source>
        <translation>曝光度</translation>
    </message>
    <message>
        <source>Flatten</source>
        <translation>拼合</translation>
    </message>
    <message>
        <source>Group layers</source>
        <translation>图层编组</translation>
    </message>
    <message>
        <source>Hide layer</source>
        <translation>隐藏图层</translation>
    </message>
    <message>
        <source>Hue and saturation</source>
        <translation>色相和饱和度</translation>
    </message>
    <message>
        <source>Invert layer mask</source>
        <translation>反相图层蒙版</translation>
    </message>
    <message>
        <source>Layer {number}</source>
        <translation>图层 {number}</translation>
    </message>
    <message>
        <source>Levels</source>
        <translation>色阶</translation>
    </message>
    <message>
        <source>Lock layer</source>
        <translation>锁定图层</translation>
    </message>
    <message>
        <source>Lock transparency</source>
        <translation>锁定透明度</translation>
    </message>
    <message>
        <source>Lower layer</source>
        <translation>下移图层</translation>
    </message>
    <message>
        <source>Merge down</source>
        <translation>向下合并</translation>
    </message>
    <message>
        <source>Merge group</source>
        <translation>合并组</translation>
    </message>
    <message>
        <source>Merge layers</source>
        <translation>合并图层</translation>
    </message>
    <message>
        <source>Move into {name}</source>
        <translation>移入 {name}</translation>
    </message>
    <message>
        <source>Move layer</source>
        <translation>移动图层</translation>
    </message>
    <message>
        <source>Only groups pass through; choose groups.</source>
        <translation>只有组可以穿透；请选择组。</translation>
    </message>
    <message>
        <source>Only layers with pixels have a transparency to lock.</source>
        <translation>只有带像素的图层才有可锁定的透明度。</translation>
    </message>
    <message>
        <source>Raise layer</source>
        <translation>上移图层</translation>
    </message>
    <message>
        <source>Remove layer mask</source>
        <translation>移除图层蒙版</translation>
    </message>
    <message>
        <source>Rename layer</source>
        <translation>重命名图层</translation>
    </message>
    <message>
        <source>Select layer</source>
        <translation>选择图层内容</translation>
    </message>
    <message>
        <source>Select layer mask</source>
        <translation>选择图层蒙版</translation>
    </message>
    <message>
        <source>Set blend mode</source>
        <translation>设置混合模式</translation>
    </message>
    <message>
        <source>Set opacity</source>
        <translation>设置不透明度</translation>
    </message>
    <message>
        <source>Show layer</source>
        <translation>显示图层</translation>
    </message>
    <message>
        <source>There is no group directly below &apos;{name}&apos; to move it into.</source>
        <translation>“{name}”的正下方没有可移入的组。</translation>
    </message>
    <message>
        <source>Unclip layer</source>
        <translation>取消剪贴图层</translation>
    </message>
    <message>
        <source>Ungroup layers</source>
        <translation>取消图层编组</translation>
    </message>
    <message>
        <source>Unlock layer</source>
        <translation>解锁图层</translation>
    </message>
    <message>
        <source>Unlock transparency</source>
        <translation>解锁透明度</translation>
    </message>
    <message>
        <source>White balance</source>
        <translation>白平衡</translation>
    </message>
</context>
<context>
    <name>LayerEdits</name>
    <message>
        <source>&apos;{name}&apos; is an adjustment and holds no pixels to merge into.</source>
        <translation>“{name}”是调整图层，没有可合并到的像素。</translation>
    </message>
    <message>
        <source>&apos;{name}&apos; is clipped to &apos;{base}&apos;; choose that one as well.</source>
        <translation>“{name}”剪贴到“{base}”；请把它也选上。</translation>
    </message>
    <message>
        <source>Background</source>
        <translation>背景</translation>
    </message>
    <message>
        <source>Group</source>
        <translation>组</translation>
    </message>
    <message>
        <source>Show all of these layers before merging them.</source>
        <translation>合并前请先显示所有这些图层。</translation>
    </message>
    <message>
        <source>Show both layers before merging them.</source>
        <translation>合并之前请显示两个图层。</translation>
    </message>
    <message>
        <source>There is no layer below &apos;{name}&apos; to merge it into.</source>
        <translation>“{name}”的下方没有可合并到的图层。</translation>
    </message>
    <message>
        <source>These layers lie in different groups; choose layers of one group.</source>
        <translation>这些图层位于不同的组中；请选择同一组的图层。</translation>
    </message>
    <message>
        <source>{name} copy</source>
        <translation>{name} 拷贝</translation>
    </message>
</context>
<context>
    <name>LayerMenu</name>
    <message>
        <source>&amp;Add layer mask</source>
        <translation>添加图层蒙版(&amp;A)</translation>
    </message>
    <message>
        <source>&amp;Clip to the layer below</source>
        <translation>剪贴到下方图层(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;Duplicate</source>
        <translation>复制(&amp;D)</translation>
    </message>
    <message>
        <source>&amp;Flatten image</source>
        <translation>拼合图像(&amp;F)</translation>
    </message>
    <message>
        <source>&amp;Group</source>
        <translation>编组(&amp;G)</translation>
    </message>
    <message>
        <source>&amp;Invert layer mask</source>
        <translation>反相图层蒙版(&amp;I)</translation>
    </message>
    <message>
        <source>&amp;Layer</source>
        <translation>图层(&amp;L)</translation>
    </message>
    <message>
        <source>&amp;Load layer mask as mask</source>
        <translation>将图层蒙版载入为蒙版(&amp;L)</translation>
    </message>
    <message>
        <source>&amp;Lower</source>
        <translation>下移一层(&amp;L)</translation>
    </message>
    <message>
        <source>&amp;Merge chosen layers</source>
        <translation>合并所选图层(&amp;M)</translation>
    </message>
    <message>
        <source>&amp;Merge down</source>
        <translation>向下合并(&amp;M)</translation>
    </message>
    <message>
        <source>&amp;Move into group below</source>
        <translation>移入下方的组(&amp;M)</translation>
    </message>
    <message>
        <source>&amp;New layer</source>
        <translation>新建图层(&amp;N)</translation>
    </message>
    <message>
        <source>&amp;Paint</source>
        <translation>绘画(&amp;P)</translation>
    </message>
    <message>
        <source>&amp;Raise</source>
        <translation>上移一层(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;Remove layer mask</source>
        <translation>移除图层蒙版(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;Rename…</source>
        <translation>重命名(&amp;R)…</translation>
    </message>
    <message>
        <source>&amp;Ungroup</source>
        <translation>取消编组(&amp;U)</translation>
    </message>
    <message>
        <source>&amp;Visible</source>
        <translation>可见(&amp;V)</translation>
    </message>
    <message>
        <source>Adjustment &amp;settings</source>
        <translation>调整设置(&amp;S)</translation>
    </message>
    <message>
        <source>Arrang&amp;e</source>
        <translation>排列(&amp;E)</translation>
    </message>
    <message>
        <source>Choose all la&amp;yers</source>
        <translation>选择所有图层(&amp;Y)</translation>
    </message>
    <message>
        <source>De&amp;lete</source>
        <translation>删除(&amp;L)</translation>
    </message>
    <message>
        <source>L&amp;ock</source>
        <translation>锁定(&amp;O)</translation>
    </message>
    <message>
        <source>Layer mas&amp;k</source>
        <translation>图层蒙版(&amp;K)</translation>
    </message>
    <message>
        <source>Load layer pixels as mask</source>
        <translation>将图层像素载入为蒙版</translation>
    </message>
    <message>
        <source>Lock &amp;transparency</source>
        <translation>锁定透明度(&amp;T)</translation>
    </message>
    <message>
        <source>Merge group</source>
        <translation>合并组</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>New &amp;adjustment</source>
        <translation>新建调整图层(&amp;A)</translation>
    </message>
    <message>
        <source>Rename layer</source>
        <translation>重命名图层</translation>
    </message>
</context>
<context>
    <name>LayeredFiles</name>
    <message>
        <source>&apos;{name}&apos; is not a PSD or OpenRaster file; choose another one.</source>
        <translation>“{name}”不是 PSD 或 OpenRaster 文件；请选择其他文件。</translation>
    </message>
    <message>
        <source>&apos;{name}&apos; keeps no layers; use .psd or .ora.</source>
        <translation>“{name}”不保留图层；请使用 .psd 或 .ora。</translation>
    </message>
    <message>
        <source>Adjustments were written as layers of pixels; save a .glide project to go on changing them.</source>
        <translation>调整图层已写为像素图层；若要继续修改，请保存 .glide 项目。</translation>
    </message>
    <message>
        <source>The layers together take {length} GB, too much for a PSD; merge some of them, or save as OpenRaster or as a project.</source>
        <translation>所有图层合计占用 {length} GB，超出 PSD 的容量；请合并部分图层，或另存为 OpenRaster 或项目。</translation>
    </message>
</context>
<context>
    <name>LayeredPicture</name>
    <message>
        <source>The layers together have far more pixels than the file explains; merge some of them.</source>
        <translation>所有图层的像素总数远超文件大小所能解释的范围；请合并其中一些图层。</translation>
    </message>
    <message>
        <source>{more} more notes were left out.</source>
        <translation>还有 {more} 条说明未列出。</translation>
    </message>
</context>
<context>
    <name>LayersPanel</name>
    <message>
        <source>Activate {name} and paint its layer mask</source>
        <translation>激活 {name} 并涂抹其图层蒙版</translation>
    </message>
    <message>
        <source>Activate {name} and paint the mask</source>
        <translation>激活 {name} 并涂抹蒙版</translation>
    </message>
    <message>
        <source>Add layer mask, from the painted mask if there is one</source>
        <translation>添加图层蒙版；如果有涂抹的蒙版则由其生成</translation>
    </message>
    <message>
        <source>Blend mode</source>
        <translation>混合模式</translation>
    </message>
    <message>
        <source>Clipped to the layer below</source>
        <translation>已剪贴到下方图层</translation>
    </message>
    <message>
        <source>Collapse group</source>
        <translation>折叠组</translation>
    </message>
    <message>
        <source>Color</source>
        <translation>颜色</translation>
    </message>
    <message>
        <source>Color burn</source>
        <translation>颜色加深</translation>
    </message>
    <message>
        <source>Color dodge</source>
        <translation>颜色减淡</translation>
    </message>
    <message>
        <source>Darken</source>
        <translation>变暗</translation>
    </message>
    <message>
        <source>Delete layer</source>
        <translation>删除图层</translation>
    </message>
    <message>
        <source>Difference</source>
        <translation>差值</translation>
    </message>
    <message>
        <source>Duplicate layer</source>
        <translation>复制图层</translation>
    </message>
    <message>
        <source>Exclusion</source>
        <translation>排除</translation>
    </message>
    <message>
        <source>Expand group</source>
        <translation>展开组</translation>
    </message>
    <message>
        <source>Group layer</source>
        <translation>图层编组</translation>
    </message>
    <message>
        <source>Hard light</source>
        <translation>强光</translation>
    </message>
    <message>
        <source>Hide layer</source>
        <translation>隐藏图层</translation>
    </message>
    <message>
        <source>Hue</source>
        <translation>色相</translation>
    </message>
    <message>
        <source>Layer {name}</source>
        <translation>图层 {name}</translation>
    </message>
    <message>
        <source>Layer {name}, chosen</source>
        <translation>图层 {name}，已选择</translation>
    </message>
    <message>
        <source>Layers</source>
        <translation>图层</translation>
    </message>
    <message>
        <source>Lighten</source>
        <translation>变亮</translation>
    </message>
    <message>
        <source>Lock layer</source>
        <translation>锁定图层</translation>
    </message>
    <message>
        <source>Lower layer</source>
        <translation>下移图层</translation>
    </message>
    <message>
        <source>Luminosity</source>
        <translation>明度</translation>
    </message>
    <message>
        <source>Multiply</source>
        <translation>正片叠底</translation>
    </message>
    <message>
        <source>New adjustment</source>
        <translation>新建调整图层</translation>
    </message>
    <message>
        <source>New layer</source>
        <translation>新建图层</translation>
    </message>
    <message>
        <source>Normal</source>
        <translation>正常</translation>
    </message>
    <message>
        <source>Opacity</source>
        <translation>不透明度</translation>
    </message>
    <message>
        <source>Overlay</source>
        <translation>叠加</translation>
    </message>
    <message>
        <source>Pass through</source>
        <translation>穿透</translation>
    </message>
    <message>
        <source>Raise layer</source>
        <translation>上移图层</translation>
    </message>
    <message>
        <source>Saturation</source>
        <translation>饱和度</translation>
    </message>
    <message>
        <source>Screen</source>
        <translation>滤色</translation>
    </message>
    <message>
        <source>Show layer</source>
        <translation>显示图层</translation>
    </message>
    <message>
        <source>Soft light</source>
        <translation>柔光</translation>
    </message>
    <message>
        <source>Transparency locked: only colors change</source>
        <translation>透明度已锁定：只改变颜色</translation>
    </message>
    <message>
        <source>Unlock layer</source>
        <translation>解锁图层</translation>
    </message>
    <message>
        <source>seed {seed}</source>
        <translation>种子 {seed}</translation>
    </message>
</context>
<context>
    <name>MaskBar</name>
    <message>
        <source>&amp;At the mask</source>
        <translation>在蒙版旁(&amp;A)</translation>
    </message>
    <message>
        <source>&amp;Bar at the mask</source>
        <translation>蒙版旁的工具栏(&amp;B)</translation>
    </message>
    <message>
        <source>&amp;Docked below the canvas</source>
        <translation>停靠在画布下方(&amp;D)</translation>
    </message>
    <message>
        <source>&amp;Off</source>
        <translation>关闭(&amp;O)</translation>
    </message>
    <message>
        <source>Bar at the mask</source>
        <translation>蒙版旁的工具栏</translation>
    </message>
    <message>
        <source>Bar at the mask, docked</source>
        <translation>蒙版旁的工具栏（已停靠）</translation>
    </message>
    <message>
        <source>Clear the mask</source>
        <translation>清除蒙版</translation>
    </message>
    <message>
        <source>Describe what the painted area should show, then press Enter</source>
        <translation>描述涂抹区域应显示的内容，然后按 Enter</translation>
    </message>
    <message>
        <source>Extend the canvas</source>
        <translation>扩展画布</translation>
    </message>
    <message>
        <source>Generate</source>
        <translation>生成</translation>
    </message>
    <message>
        <source>Prompt</source>
        <translation>提示词</translation>
    </message>
    <message>
        <source>Remove what is painted</source>
        <translation>移除涂抹的内容</translation>
    </message>
    <message>
        <source>Replace what is there: remove it before Generate draws the object</source>
        <translation>替换原有内容：在生成绘制物体之前将其移除</translation>
    </message>
    <message>
        <source>What should be there?</source>
        <translation>应该出现什么？（英语）</translation>
    </message>
    <message>
        <source>Where this bar is shown</source>
        <translation>此工具栏的显示位置</translation>
    </message>
</context>
<context>
    <name>MaskFiles</name>
    <message>
        <source>&apos;{name}&apos; is a picture in color, of which the bright parts are selected now; undo it if that was not meant.</source>
        <translation>“{name}”是一张彩色图片，现在选中了其中明亮的部分；如果不是您的本意，请撤销。</translation>
    </message>
    <message>
        <source>&apos;{name}&apos; is black all over, so nothing is selected; white marks what changes.</source>
        <translation>“{name}”全是黑色，因此没有选中任何内容；白色标记要更改的部分。</translation>
    </message>
    <message>
        <source>&apos;{name}&apos; is nowhere black, so all of the picture is selected now; undo it if that was not meant.</source>
        <translation>“{name}”没有黑色部分，因此现在选中了整张图片；如果不是您的本意，请撤销。</translation>
    </message>
    <message>
        <source>The mask is {size} pixels and the picture {wanted}; choose a mask of the picture&apos;s size.</source>
        <translation>蒙版为 {size} 像素，图像为 {wanted}；请选择与图像大小相同的蒙版。</translation>
    </message>
</context>
<context>
    <name>MaskMenu</name>
    <message>
        <source>&amp;Clear</source>
        <translation>清除(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;Feather…</source>
        <translation>羽化(&amp;F)…</translation>
    </message>
    <message>
        <source>&amp;Grow…</source>
        <translation>扩展(&amp;G)…</translation>
    </message>
    <message>
        <source>&amp;Invert</source>
        <translation>反相(&amp;I)</translation>
    </message>
    <message>
        <source>&amp;Keep as…</source>
        <translation>保留为(&amp;K)…</translation>
    </message>
    <message>
        <source>&amp;Load from an image…</source>
        <translation>从图像载入(&amp;L)…</translation>
    </message>
    <message>
        <source>&amp;Modify</source>
        <translation>修改(&amp;M)</translation>
    </message>
    <message>
        <source>&amp;Shrink…</source>
        <translation>收缩(&amp;S)…</translation>
    </message>
    <message>
        <source>&amp;Tools</source>
        <translation>工具(&amp;T)</translation>
    </message>
    <message>
        <source>Add</source>
        <translation>添加</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>删除</translation>
    </message>
    <message>
        <source>Feather the mask</source>
        <translation>羽化蒙版</translation>
    </message>
    <message>
        <source>Fill &amp;holes</source>
        <translation>填充空洞(&amp;H)</translation>
    </message>
    <message>
        <source>Grow the mask</source>
        <translation>扩展蒙版</translation>
    </message>
    <message>
        <source>Intersect</source>
        <translation>相交</translation>
    </message>
    <message>
        <source>Keep the mask</source>
        <translation>保留蒙版</translation>
    </message>
    <message>
        <source>Kept masks</source>
        <translation>保留的蒙版</translation>
    </message>
    <message>
        <source>Larger brush</source>
        <translation>放大画笔</translation>
    </message>
    <message>
        <source>Mask {number}</source>
        <translation>蒙版 {number}</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>Replace</source>
        <translation>替换</translation>
    </message>
    <message>
        <source>S&amp;mooth…</source>
        <translation>平滑(&amp;M)…</translation>
    </message>
    <message>
        <source>Save as an image…</source>
        <translation>存储为图像…</translation>
    </message>
    <message>
        <source>Select &amp;all</source>
        <translation>全选(&amp;A)</translation>
    </message>
    <message>
        <source>Select by &amp;words…</source>
        <translation>按文字选择(&amp;W)…</translation>
    </message>
    <message>
        <source>Select by words</source>
        <translation>按文字选择</translation>
    </message>
    <message>
        <source>Shrink the mask</source>
        <translation>收缩蒙版</translation>
    </message>
    <message>
        <source>Smaller brush</source>
        <translation>缩小画笔</translation>
    </message>
    <message>
        <source>Smooth the mask</source>
        <translation>平滑蒙版</translation>
    </message>
    <message>
        <source>Subtract</source>
        <translation>减去</translation>
    </message>
    <message>
        <source>What should be selected, for example: the apple</source>
        <translation>要选择什么，用英语输入，例如：the apple</translation>
    </message>
</context>
<context>
    <name>MaskTint</name>
    <message>
        <source>Black</source>
        <translation>黑色</translation>
    </message>
    <message>
        <source>Blue</source>
        <translation>蓝色</translation>
    </message>
    <message>
        <source>Cyan</source>
        <translation>青色</translation>
    </message>
    <message>
        <source>Dashes that move along the edge of the mask; Q hides the tint</source>
        <translation>沿蒙版边缘移动的虚线；Q 隐藏颜色</translation>
    </message>
    <message>
        <source>Green</source>
        <translation>绿色</translation>
    </message>
    <message>
        <source>Magenta</source>
        <translation>洋红色</translation>
    </message>
    <message>
        <source>Mas&amp;k outline (marching ants)</source>
        <translation>蒙版轮廓（蚂蚁线）(&amp;K)</translation>
    </message>
    <message>
        <source>Mask color</source>
        <translation>蒙版颜色</translation>
    </message>
    <message>
        <source>Other color…</source>
        <translation>其他颜色…</translation>
    </message>
    <message>
        <source>Red</source>
        <translation>红色</translation>
    </message>
    <message>
        <source>White</source>
        <translation>白色</translation>
    </message>
    <message>
        <source>Yellow</source>
        <translation>黄色</translation>
    </message>
    <message>
        <source>{opacity} opaque</source>
        <translation>不透明度 {opacity}</translation>
    </message>
</context>
<context>
    <name>Menus</name>
    <message>
        <source>&amp;About Glide Studio</source>
        <translation>关于 Glide Studio(&amp;A)</translation>
    </message>
    <message>
        <source>&amp;Before and after</source>
        <translation>前后对比(&amp;B)</translation>
    </message>
    <message>
        <source>&amp;Close</source>
        <translation>关闭(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;Command line</source>
        <translation>命令行(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;Copy layer</source>
        <translation>拷贝图层(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;Crop to mask</source>
        <translation>裁剪到蒙版(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;Display profile</source>
        <translation>显示器配置文件(&amp;D)</translation>
    </message>
    <message>
        <source>&amp;Edit</source>
        <translation>编辑(&amp;E)</translation>
    </message>
    <message>
        <source>&amp;Export image…</source>
        <translation>导出图像(&amp;E)…</translation>
    </message>
    <message>
        <source>&amp;Extend</source>
        <translation>扩展(&amp;E)</translation>
    </message>
    <message>
        <source>&amp;File</source>
        <translation>文件(&amp;F)</translation>
    </message>
    <message>
        <source>&amp;Find a command…</source>
        <translation>查找命令(&amp;F)…</translation>
    </message>
    <message>
        <source>&amp;Fit in window</source>
        <translation>适合窗口大小(&amp;F)</translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation>帮助(&amp;H)</translation>
    </message>
    <message>
        <source>&amp;Image</source>
        <translation>图像(&amp;I)</translation>
    </message>
    <message>
        <source>&amp;Mask</source>
        <translation>蒙版(&amp;M)</translation>
    </message>
    <message>
        <source>&amp;Models…</source>
        <translation>模型(&amp;M)…</translation>
    </message>
    <message>
        <source>&amp;New…</source>
        <translation>新建(&amp;N)…</translation>
    </message>
    <message>
        <source>&amp;Open…</source>
        <translation>打开(&amp;O)…</translation>
    </message>
    <message>
        <source>&amp;Paste</source>
        <translation>粘贴(&amp;P)</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>退出(&amp;Q)</translation>
    </message>
    <message>
        <source>&amp;Redo</source>
        <translation>重做(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;Save</source>
        <translation>保存(&amp;S)</translation>
    </message>
    <message>
        <source>&amp;Scale…</source>
        <translation>缩放(&amp;S)…</translation>
    </message>
    <message>
        <source>&amp;Shortcuts</source>
        <translation>快捷键(&amp;S)</translation>
    </message>
    <message>
        <source>&amp;Teach it your pictures…</source>
        <translation>教它认识您的图片(&amp;T)…</translation>
    </message>
    <message>
        <source>&amp;Turn view</source>
        <translation>旋转视图(&amp;T)</translation>
    </message>
    <message>
        <source>&amp;Undo</source>
        <translation>撤销(&amp;U)</translation>
    </message>
    <message>
        <source>&amp;Upscale…</source>
        <translation>提高分辨率(&amp;U)…</translation>
    </message>
    <message>
        <source>&amp;User guide</source>
        <translation>用户指南(&amp;U)</translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation>视图(&amp;V)</translation>
    </message>
    <message>
        <source>16 bits per channel</source>
        <translation>每通道 16 位</translation>
    </message>
    <message>
        <source>8 bits per channel</source>
        <translation>每通道 8 位</translation>
    </message>
    <message>
        <source>Add as &amp;layers…</source>
        <translation>添加为图层(&amp;L)…</translation>
    </message>
    <message>
        <source>Another &amp;result</source>
        <translation>另一个结果(&amp;R)</translation>
    </message>
    <message>
        <source>C&amp;anvas size…</source>
        <translation>画布大小(&amp;A)…</translation>
    </message>
    <message>
        <source>Clear this list</source>
        <translation>清除此列表</translation>
    </message>
    <message>
        <source>Compare a result, or the picture, with what was there; split by a line</source>
        <translation>用一条线分开，将结果或图片与原来的样子比较</translation>
    </message>
    <message>
        <source>Copy &amp;visible</source>
        <translation>合并拷贝(&amp;V)</translation>
    </message>
    <message>
        <source>Cu&amp;t</source>
        <translation>剪切(&amp;T)</translation>
    </message>
    <message>
        <source>F&amp;ull screen</source>
        <translation>全屏(&amp;U)</translation>
    </message>
    <message>
        <source>Flip &amp;horizontally</source>
        <translation>水平翻转(&amp;H)</translation>
    </message>
    <message>
        <source>Flip &amp;vertically</source>
        <translation>垂直翻转(&amp;V)</translation>
    </message>
    <message>
        <source>Hold \ to see it as long as you like</source>
        <translation>按住 \ 可一直查看</translation>
    </message>
    <message>
        <source>Lines between pixels, from 800 % on</source>
        <translation>放大到 800 % 以上时显示像素之间的线</translation>
    </message>
    <message>
        <source>Mask co&amp;lor</source>
        <translation>蒙版颜色(&amp;L)</translation>
    </message>
    <message>
        <source>New &amp;tab</source>
        <translation>新建标签页(&amp;T)</translation>
    </message>
    <message>
        <source>Open &amp;recent</source>
        <translation>最近打开的文件(&amp;R)</translation>
    </message>
    <message>
        <source>Or drag with Shift+R held to turn it freely</source>
        <translation>也可按住 Shift+R 拖动来自由旋转</translation>
    </message>
    <message>
        <source>Pi&amp;cture before</source>
        <translation>原来的图片(&amp;C)</translation>
    </message>
    <message>
        <source>Pi&amp;xel grid</source>
        <translation>像素网格(&amp;X)</translation>
    </message>
    <message>
        <source>Pre&amp;ferences…</source>
        <translation>首选项(&amp;F)…</translation>
    </message>
    <message>
        <source>Re&amp;vert to saved</source>
        <translation>恢复到已保存版本(&amp;V)</translation>
    </message>
    <message>
        <source>Results &amp;side by side</source>
        <translation>并排显示结果(&amp;S)</translation>
    </message>
    <message>
        <source>Rotate 180°</source>
        <translation>旋转 180°</translation>
    </message>
    <message>
        <source>Rotate 90° &amp;left</source>
        <translation>逆时针旋转 90°(&amp;L)</translation>
    </message>
    <message>
        <source>Rotate 90° &amp;right</source>
        <translation>顺时针旋转 90°(&amp;R)</translation>
    </message>
    <message>
        <source>Save &amp;as…</source>
        <translation>另存为(&amp;A)…</translation>
    </message>
    <message>
        <source>Show &amp;mask</source>
        <translation>显示蒙版(&amp;M)</translation>
    </message>
    <message>
        <source>Show &amp;panels</source>
        <translation>显示面板(&amp;P)</translation>
    </message>
    <message>
        <source>To an &amp;aspect ratio or by pixels…</source>
        <translation>按宽高比或像素(&amp;A)…</translation>
    </message>
    <message>
        <source>Turn view &amp;left</source>
        <translation>向左旋转视图(&amp;L)</translation>
    </message>
    <message>
        <source>Turn view &amp;right</source>
        <translation>向右旋转视图(&amp;R)</translation>
    </message>
    <message>
        <source>Turn view &amp;upright</source>
        <translation>摆正视图(&amp;U)</translation>
    </message>
    <message>
        <source>Zoom &amp;in</source>
        <translation>放大(&amp;I)</translation>
    </message>
    <message>
        <source>Zoom &amp;out</source>
        <translation>缩小(&amp;O)</translation>
    </message>
</context>
<context>
    <name>ModelActions</name>
    <message>
        <source>&apos;{name}&apos; works. All {files} files are as recorded.</source>
        <translation>“{name}”可用。全部 {files} 个文件与记录一致。</translation>
    </message>
    <message>
        <source>&apos;{name}&apos; works. Its file is as recorded.</source>
        <translation>“{name}”可用。其文件与记录一致。</translation>
    </message>
    <message>
        <source>Added &apos;{name}&apos;, which knows “{noun}”.</source>
        <translation>已添加“{name}”，它认识“{noun}”。</translation>
    </message>
    <message>
        <source>Added {names}.</source>
        <translation>已添加 {names}。</translation>
    </message>
    <message>
        <source>Adding</source>
        <translation>正在添加</translation>
    </message>
    <message>
        <source>Models cannot be managed here; use &apos;glide-studio models&apos;.</source>
        <translation>无法在此管理模型；请使用 &apos;glide-studio models&apos;。</translation>
    </message>
    <message>
        <source>Reading</source>
        <translation>正在读取</translation>
    </message>
    <message>
        <source>Removed &apos;{name}&apos;.</source>
        <translation>已移除“{name}”。</translation>
    </message>
    <message>
        <source>Removing</source>
        <translation>正在移除</translation>
    </message>
    <message>
        <source>Something is being done with the models; wait or cancel it first.</source>
        <translation>正在处理模型；请等待或先取消。</translation>
    </message>
    <message>
        <source>Trying</source>
        <translation>正在尝试</translation>
    </message>
    <message>
        <source>Verifying</source>
        <translation>正在验证</translation>
    </message>
    <message>
        <source>the list</source>
        <translation>列表</translation>
    </message>
</context>
<context>
    <name>ModelCheck</name>
    <message>
        <source>The network in {name} does not run ({reason}); choose another file.</source>
        <translation>{name} 中的网络无法运行（{reason}）；请选择其他文件。</translation>
    </message>
    <message>
        <source>The network in {name} gives no usable numbers; its weights are damaged, so choose another file.</source>
        <translation>{name} 中的网络没有给出可用的数值；其权重已损坏，请选择其他文件。</translation>
    </message>
    <message>
        <source>The network in {name} knows {vocabulary} tokens where GLIDE&apos;s captions use {ids}; choose another file.</source>
        <translation>{name} 中的网络有 {vocabulary} 个词元，而 GLIDE 的文字说明使用 {ids} 个；请选择其他文件。</translation>
    </message>
    <message>
        <source>There is not enough memory to load {name}; close other programs and try again.</source>
        <translation>内存不足，无法载入 {name}；请关闭其他程序后重试。</translation>
    </message>
    <message>
        <source>{name} holds a number as large as {largest} in {parameter}, as no trained network does; choose another file.</source>
        <translation>{name} 的 {parameter} 中有大到 {largest} 的数值，训练过的网络不会如此；请选择其他文件。</translation>
    </message>
    <message>
        <source>{name} is the {other} network and not the {role}; choose the other one.</source>
        <translation>{name} 是 {other} 网络而不是 {role}；请选择另一个。</translation>
    </message>
    <message>
        <source>{name} names {names} classes where its network knows {shape}; choose another file.</source>
        <translation>{name} 列出了 {names} 个类别，而其网络有 {shape} 个；请选择其他文件。</translation>
    </message>
</context>
<context>
    <name>ModelSet</name>
    <message>
        <source>The model &apos;{name}&apos; lacks its file {file} in {folder}; add it again.</source>
        <translation>模型“{name}”在 {folder} 中缺少文件 {file}；请重新添加。</translation>
    </message>
    <message>
        <source>There is no model called &apos;{name}&apos;; choose one of these: {known}.</source>
        <translation>没有名为“{name}”的模型；请从以下模型中选择：{known}。</translation>
    </message>
    <message>
        <source>none at all</source>
        <translation>一个也没有</translation>
    </message>
    <message>
        <source>taught must name things in plain words, not {noun}</source>
        <translation>taught 中的名称必须是普通词语，而不是 {noun}</translation>
    </message>
    <message>
        <source>taught must pair each noun with its file, such as {example}</source>
        <translation>taught 必须为每个名词给出其文件，例如 {example}</translation>
    </message>
    <message>
        <source>{key} must name a weight file beside it, in quotes, not {file}</source>
        <translation>{key} 必须用引号给出同一文件夹中的权重文件名，而不是 {file}</translation>
    </message>
    <message>
        <source>{path} does not describe a model ({error}); correct it or remove the folder.</source>
        <translation>{path} 没有描述模型（{error}）；请更正或移除该文件夹。</translation>
    </message>
    <message>
        <source>{path} is about &apos;{name}&apos;; give its folder the same name.</source>
        <translation>{path} 是关于“{name}”的；请使其文件夹使用相同的名称。</translation>
    </message>
    <message>
        <source>{path} names no base network; a model needs one.</source>
        <translation>{path} 没有指明基础网络；模型需要一个。</translation>
    </message>
</context>
<context>
    <name>ModelsDialog</name>
    <message>
        <source>%n thing(s)</source>
        <translation>%n 种东西</translation>
    </message>
    <message>
        <source>&lt;b&gt;Remove “{name}” from this computer?&lt;/b&gt;</source>
        <translation>&lt;b&gt;要从这台计算机移除“{name}”吗？&lt;/b&gt;</translation>
    </message>
    <message>
        <source>About</source>
        <translation>关于</translation>
    </message>
    <message>
        <source>About the model</source>
        <translation>关于此模型</translation>
    </message>
    <message>
        <source>Add a folder of weights</source>
        <translation>添加权重文件夹</translation>
    </message>
    <message>
        <source>Add a weight file</source>
        <translation>添加权重文件</translation>
    </message>
    <message>
        <source>Add file…</source>
        <translation>添加文件…</translation>
    </message>
    <message>
        <source>Add folder…</source>
        <translation>添加文件夹…</translation>
    </message>
    <message>
        <source>Add weight files</source>
        <translation>添加权重文件</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>所有文件 (*)</translation>
    </message>
    <message>
        <source>Can</source>
        <translation>功能</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Close the list of models</source>
        <translation>关闭模型列表</translation>
    </message>
    <message>
        <source>Delete it from this computer</source>
        <translation>从这台计算机删除</translation>
    </message>
    <message>
        <source>From</source>
        <translation>来源</translation>
    </message>
    <message>
        <source>Installed models</source>
        <translation>已安装的模型</translation>
    </message>
    <message>
        <source>Knows</source>
        <translation>认识</translation>
    </message>
    <message>
        <source>Licence</source>
        <translation>许可</translation>
    </message>
    <message>
        <source>Load and try every network of it</source>
        <translation>载入并试运行它的每个网络</translation>
    </message>
    <message>
        <source>Makes</source>
        <translation>生成</translation>
    </message>
    <message>
        <source>Models</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>移除</translation>
    </message>
    <message>
        <source>Remove model</source>
        <translation>移除模型</translation>
    </message>
    <message>
        <source>Remove…</source>
        <translation>移除…</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>大小</translation>
    </message>
    <message>
        <source>Stop before the next file</source>
        <translation>在下一个文件之前停止</translation>
    </message>
    <message>
        <source>Trained on two CPU cores, not finished: draws an object on transparency; fruit best.</source>
        <translation>在两个 CPU 核心上训练，尚未完成：在透明背景上绘制物体，水果效果最好。</translation>
    </message>
    <message>
        <source>Use by default</source>
        <translation>设为默认</translation>
    </message>
    <message>
        <source>Use this model in every new document</source>
        <translation>在每个新文档中使用此模型</translation>
    </message>
    <message>
        <source>Used by default</source>
        <translation>默认模型</translation>
    </message>
    <message>
        <source>Verify</source>
        <translation>验证</translation>
    </message>
    <message>
        <source>Weights (*.safetensors *.pt *.pth *.ckpt *.bin)</source>
        <translation>权重 (*.safetensors *.pt *.pth *.ckpt *.bin)</translation>
    </message>
    <message>
        <source>What came of it</source>
        <translation>操作的结果</translation>
    </message>
    <message>
        <source>What is being done</source>
        <translation>正在进行的操作</translation>
    </message>
    <message>
        <source>You taught it</source>
        <translation>您教过的</translation>
    </message>
    <message>
        <source>any words; it is not limited to a list</source>
        <translation>任何文字；不限于列表</translation>
    </message>
    <message>
        <source>draws objects as cut-outs, which stand in the photo&apos;s light</source>
        <translation>将物体绘制为抠图，并与照片的光线相符</translation>
    </message>
    <message>
        <source>draws whole pictures by words</source>
        <translation>按文字绘制整幅图像</translation>
    </message>
    <message>
        <source>fills a mask by words</source>
        <translation>按文字填充蒙版</translation>
    </message>
    <message>
        <source>finds what words name, to select it</source>
        <translation>查找文字所指的内容以便选择</translation>
    </message>
    <message>
        <source>makes small drafts only, for want of an upsampler</source>
        <translation>没有放大网络，只能制作小草稿</translation>
    </message>
    <message>
        <source>ranks drafts by how well they fit the words, in “glide-studio generate --best-of”</source>
        <translation>可按与文字的符合程度为草图排序（通过 “glide-studio generate --best-of”）</translation>
    </message>
    <message>
        <source>the program</source>
        <translation>本程序</translation>
    </message>
    <message>
        <source>you</source>
        <translation>您</translation>
    </message>
    <message>
        <source>{side} × {side} pixels, enlarged to the mask</source>
        <translation>{side} × {side} 像素，放大到蒙版大小</translation>
    </message>
    <message>
        <source>{size} become free. This cannot be undone.</source>
        <translation>将释放 {size}。此操作无法撤销。</translation>
    </message>
</context>
<context>
    <name>NewDialog</name>
    <message>
        <source>A4 at 300 dpi</source>
        <translation>A4，300 dpi</translation>
    </message>
    <message>
        <source>Background</source>
        <translation>背景</translation>
    </message>
    <message>
        <source>Black</source>
        <translation>黑色</translation>
    </message>
    <message>
        <source>Create</source>
        <translation>创建</translation>
    </message>
    <message>
        <source>Height</source>
        <translation>高度</translation>
    </message>
    <message>
        <source>Letter at 300 dpi</source>
        <translation>Letter，300 dpi</translation>
    </message>
    <message>
        <source>New picture</source>
        <translation>新建图像</translation>
    </message>
    <message>
        <source>Photo 3000 × 2000</source>
        <translation>照片 3000 × 2000</translation>
    </message>
    <message>
        <source>Screen 1920 × 1080</source>
        <translation>屏幕 1920 × 1080</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>大小</translation>
    </message>
    <message>
        <source>Square 2048 × 2048</source>
        <translation>方形 2048 × 2048</translation>
    </message>
    <message>
        <source>Transparent</source>
        <translation>透明</translation>
    </message>
    <message>
        <source>White</source>
        <translation>白色</translation>
    </message>
    <message>
        <source>Width</source>
        <translation>宽度</translation>
    </message>
</context>
<context>
    <name>NoticeBar</name>
    <message>
        <source>Close this notification</source>
        <translation>关闭此通知</translation>
    </message>
    <message>
        <source>Copy command</source>
        <translation>拷贝命令</translation>
    </message>
    <message>
        <source>Copy the command to paste it into a terminal</source>
        <translation>拷贝命令以便粘贴到终端</translation>
    </message>
    <message>
        <source>Go to what this tells of</source>
        <translation>转到此消息所说的内容</translation>
    </message>
    <message>
        <source>Show</source>
        <translation>显示</translation>
    </message>
</context>
<context>
    <name>ObjectActions</name>
    <message>
        <source>Object mask</source>
        <translation>物体蒙版</translation>
    </message>
    <message>
        <source>The picture has another size now; select the object again.</source>
        <translation>图像的大小已更改；请重新选择物体。</translation>
    </message>
</context>
<context>
    <name>ObjectPlacement</name>
    <message>
        <source>Adding grain</source>
        <translation>正在添加颗粒</translation>
    </message>
    <message>
        <source>Casting the shadow</source>
        <translation>正在添加阴影</translation>
    </message>
    <message>
        <source>Finding the object&apos;s place</source>
        <translation>正在确定物体的位置</translation>
    </message>
    <message>
        <source>Matching the light</source>
        <translation>正在匹配光线</translation>
    </message>
    <message>
        <source>Measuring grain and focus</source>
        <translation>正在测量颗粒和清晰度</translation>
    </message>
    <message>
        <source>Placing the object</source>
        <translation>正在放置物体</translation>
    </message>
</context>
<context>
    <name>ObjectSelection</name>
    <message>
        <source>No object stands out there; draw the box closer around it, or paint it.</source>
        <translation>那里没有突出的对象；请把框画得更贴近对象，或直接涂抹。</translation>
    </message>
    <message>
        <source>The box covers the whole picture; leave some of what is around the object.</source>
        <translation>框覆盖了整个图像；请留出物体周围的一些部分。</translation>
    </message>
    <message>
        <source>The box lies outside of the picture of {width} x {height} pixels; draw it around the object.</source>
        <translation>框位于 {width} x {height} 像素的图像之外；请围绕物体绘制。</translation>
    </message>
    <message>
        <source>There is no stroke on the object; draw one across it.</source>
        <translation>物体上没有笔画；请在其上画一笔。</translation>
    </message>
</context>
<context>
    <name>OpenProject</name>
    <message>
        <source>&apos;{name}&apos; cannot be opened ({reason}); check the file and the free disk space.</source>
        <translation>无法打开“{name}”（{reason}）；请检查文件和可用磁盘空间。</translation>
    </message>
    <message>
        <source>&apos;{name}&apos; is not a Glide Studio project; choose a .glide file.</source>
        <translation>“{name}”不是 Glide Studio 项目；请选择 .glide 文件。</translation>
    </message>
    <message>
        <source>There is no file &apos;{name}&apos;; it may have been moved or renamed. Choose another one.</source>
        <translation>没有文件“{name}”；它可能已被移动或重命名。请选择其他文件。</translation>
    </message>
</context>
<context>
    <name>OptionsBar</name>
    <message>
        <source> and </source>
        <translation>，</translation>
    </message>
    <message>
        <source>All layers</source>
        <translation>所有图层</translation>
    </message>
    <message>
        <source>Another result</source>
        <translation>另一个结果</translation>
    </message>
    <message>
        <source>Box</source>
        <translation>框</translation>
    </message>
    <message>
        <source>Brush size  ([ and ])</source>
        <translation>画笔大小  ([ 和 ])</translation>
    </message>
    <message>
        <source>By words: the apple</source>
        <translation>按文字：the apple</translation>
    </message>
    <message>
        <source>Contiguous</source>
        <translation>连续</translation>
    </message>
    <message>
        <source>Ellipse</source>
        <translation>椭圆</translation>
    </message>
    <message>
        <source>End in nothing instead of the second color</source>
        <translation>终点为透明而不是第二颜色</translation>
    </message>
    <message>
        <source>Enter pixels for each side, or choose an aspect ratio</source>
        <translation>输入每边的像素数，或选择长宽比</translation>
    </message>
    <message>
        <source>Extend</source>
        <translation>扩展</translation>
    </message>
    <message>
        <source>Extend the canvas to the dragged edges and fill it  (Enter)</source>
        <translation>将画布扩展到拖动的边缘并填充  (Enter)</translation>
    </message>
    <message>
        <source>Fill the area that was added last in another way</source>
        <translation>用其他方式填充上次添加的区域</translation>
    </message>
    <message>
        <source>Fills the area that was added last in another way, until a layer is changed or the picture is closed</source>
        <translation>用其他方式填充上次添加的区域，直到更改图层或关闭图片</translation>
    </message>
    <message>
        <source>Flow</source>
        <translation>流量</translation>
    </message>
    <message>
        <source>Flow, spacing and pen pressure</source>
        <translation>流量、间距和笔的压力</translation>
    </message>
    <message>
        <source>Hardness</source>
        <translation>硬度</translation>
    </message>
    <message>
        <source>How an object is marked</source>
        <translation>标记物体的方式</translation>
    </message>
    <message>
        <source>How it combines with the mask</source>
        <translation>与蒙版的组合方式</translation>
    </message>
    <message>
        <source>How it combines with the mask (Shift adds, Alt subtracts, both intersect)</source>
        <translation>与蒙版的组合方式（Shift 添加，Alt 减去，同时按下则相交）</translation>
    </message>
    <message>
        <source>Line</source>
        <translation>直线</translation>
    </message>
    <message>
        <source>Linear</source>
        <translation>线性</translation>
    </message>
    <message>
        <source>Look for similar pixels in all visible layers</source>
        <translation>在所有可见图层中查找相近像素</translation>
    </message>
    <message>
        <source>Mark an object by a box around it, or by strokes on it</source>
        <translation>用物体周围的框，或用物体上的笔画来标记</translation>
    </message>
    <message>
        <source>More brush settings</source>
        <translation>更多画笔设置</translation>
    </message>
    <message>
        <source>Opacity</source>
        <translation>不透明度</translation>
    </message>
    <message>
        <source>Pen pressure changes the flow</source>
        <translation>笔的压力改变流量</translation>
    </message>
    <message>
        <source>Pen pressure changes the size</source>
        <translation>笔的压力改变大小</translation>
    </message>
    <message>
        <source>Pixels or aspect ratio…</source>
        <translation>像素或长宽比…</translation>
    </message>
    <message>
        <source>Radial</source>
        <translation>径向</translation>
    </message>
    <message>
        <source>Rectangle</source>
        <translation>矩形</translation>
    </message>
    <message>
        <source>Remove takes along what lies beside the mask: soft edges, what the mask misses of a thing, and the shadow at its foot</source>
        <translation>移除时连带取走蒙版旁边的部分：柔和的边缘、蒙版漏掉的部分，以及物体底部的阴影</translation>
    </message>
    <message>
        <source>Results side by side</source>
        <translation>并排显示结果</translation>
    </message>
    <message>
        <source>Results side by side: once there is another result</source>
        <translation>并排显示结果：有另一个结果后可用</translation>
    </message>
    <message>
        <source>Rim and shadow</source>
        <translation>连边缘和阴影</translation>
    </message>
    <message>
        <source>Sampling area</source>
        <translation>取样区域</translation>
    </message>
    <message>
        <source>Scribble</source>
        <translation>涂画</translation>
    </message>
    <message>
        <source>Select by words</source>
        <translation>按文字选择</translation>
    </message>
    <message>
        <source>Select only pixels that are connected to the clicked one</source>
        <translation>只选择与单击处相连的像素</translation>
    </message>
    <message>
        <source>Shape</source>
        <translation>形状</translation>
    </message>
    <message>
        <source>Shape of the gradient</source>
        <translation>渐变的形状</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>大小</translation>
    </message>
    <message>
        <source>Softness</source>
        <translation>柔和度</translation>
    </message>
    <message>
        <source>Spacing</source>
        <translation>间距</translation>
    </message>
    <message>
        <source>To transparent</source>
        <translation>到透明</translation>
    </message>
    <message>
        <source>Tolerance</source>
        <translation>容差</translation>
    </message>
    <message>
        <source>Tool settings</source>
        <translation>工具设置</translation>
    </message>
    <message>
        <source>Type what should be selected, then press Enter</source>
        <translation>用英语输入要选择的内容，然后按 Enter</translation>
    </message>
    <message>
        <source>What is drawn; a line is as thick as the size says</source>
        <translation>要绘制的内容；线条的粗细由大小决定</translation>
    </message>
    <message>
        <source>samples the chosen area only</source>
        <translation>只从所选区域取样</translation>
    </message>
    <message>
        <source>skips the excluded area</source>
        <translation>跳过排除的区域</translation>
    </message>
    <message>
        <source>{size} px</source>
        <translation>{size} px</translation>
    </message>
</context>
<context>
    <name>OraRead</name>
    <message>
        <source>&apos;{name}&apos; blends by &apos;{operator}&apos;, which became &apos;normal&apos;.</source>
        <translation>“{name}”的混合模式为“{operator}”，已改为“正常”。</translation>
    </message>
    <message>
        <source>A layer of kind &apos;{tag}&apos; was left out.</source>
        <translation>类型为“{tag}”的图层已略去。</translation>
    </message>
    <message>
        <source>It has more than {max_layers} layers; merge some of them.</source>
        <translation>图层超过 {max_layers} 个；请合并其中一些。</translation>
    </message>
    <message>
        <source>The mask of {title} is missing or damaged and was left out.</source>
        <translation>{title} 的蒙版缺失或已损坏，已略去。</translation>
    </message>
    <message>
        <source>The opacity of {title} became {percent} %.</source>
        <translation>{title} 的不透明度已变为 {percent} %。</translation>
    </message>
    <message>
        <source>The picture of {title} is damaged, and a part of it is missing.</source>
        <translation>{title} 的图像已损坏，其中一部分缺失。</translation>
    </message>
    <message>
        <source>The picture of {title} is missing or damaged, so the layer is empty.</source>
        <translation>{title} 的图像缺失或已损坏，因此该图层为空。</translation>
    </message>
    <message>
        <source>The {name} of {title} is no number and was left out.</source>
        <translation>{title} 的 {name} 不是数字，已略去。</translation>
    </message>
    <message>
        <source>The {name} of {title} was read with a decimal comma.</source>
        <translation>{title} 的 {name} 按小数逗号读取。</translation>
    </message>
    <message>
        <source>The {name} of {title} was rounded to whole pixels.</source>
        <translation>{title} 的 {name} 已取整为整像素。</translation>
    </message>
    <message>
        <source>the picture</source>
        <translation>图像</translation>
    </message>
</context>
<context>
    <name>OraWrite</name>
    <message>
        <source>OpenRaster cannot clip &apos;{name}&apos; while it blends by &apos;{operator}&apos;, so other programs will show it whole.</source>
        <translation>OpenRaster 无法在“{name}”以“{operator}”混合时剪贴它，因此其他程序会完整显示它。</translation>
    </message>
    <message>
        <source>OpenRaster has no masks, so other programs show them merged into the layers&apos; transparency.</source>
        <translation>OpenRaster 没有蒙版，因此其他程序显示为已合并到图层的透明度中。</translation>
    </message>
</context>
<context>
    <name>Overlays</name>
    <message>
        <source>After</source>
        <translation>修改后</translation>
    </message>
    <message>
        <source>Before</source>
        <translation>修改前</translation>
    </message>
    <message>
        <source>Right after “{step}”</source>
        <translation>“{step}”刚完成时</translation>
    </message>
</context>
<context>
    <name>PaintActions</name>
    <message>
        <source>&apos;{name}&apos; has no pixels; choose or add a layer to paint on.</source>
        <translation>“{name}”没有像素；请选择或添加要绘画的图层。</translation>
    </message>
    <message>
        <source>&apos;{name}&apos; has no pixels; to paint on its mask, click the mask in the layers and take the brush (B) or the eraser (E).</source>
        <translation>“{name}”没有像素；要在其蒙版上绘画，请在图层面板中单击该蒙版，再选用画笔 (B) 或橡皮擦 (E)。</translation>
    </message>
    <message>
        <source>&apos;{name}&apos; is locked; unlock it first.</source>
        <translation>“{name}”已锁定；请先解锁。</translation>
    </message>
    <message>
        <source>Choose a layer to paint on first.</source>
        <translation>请先选择要绘画的图层。</translation>
    </message>
    <message>
        <source>Ellipse</source>
        <translation>椭圆</translation>
    </message>
    <message>
        <source>Erase pixels</source>
        <translation>擦除像素</translation>
    </message>
    <message>
        <source>Fill</source>
        <translation>填充</translation>
    </message>
    <message>
        <source>Gradient</source>
        <translation>渐变</translation>
    </message>
    <message>
        <source>Line</source>
        <translation>直线</translation>
    </message>
    <message>
        <source>Nothing was drawn: only what is painted as the mask takes color. Clear the mask (Ctrl+D) to draw anywhere.</source>
        <translation>没有绘制任何内容：只有作为蒙版涂抹的区域会着色。清除蒙版（Ctrl+D）即可在任意位置绘制。</translation>
    </message>
    <message>
        <source>Paint</source>
        <translation>绘画</translation>
    </message>
    <message>
        <source>Rectangle</source>
        <translation>矩形</translation>
    </message>
    <message>
        <source>Shape</source>
        <translation>形状</translation>
    </message>
    <message>
        <source>The transparency of &apos;{name}&apos; is locked; unlock it in the layer menu to erase.</source>
        <translation>“{name}”的透明度已锁定；要擦除，请先在图层菜单中解锁。</translation>
    </message>
</context>
<context>
    <name>Parent</name>
    <message>
        <source>&apos;{name}&apos; could not be written; save it as OpenRaster instead.</source>
        <translation>无法写入“{name}”；请改为保存为 OpenRaster。</translation>
    </message>
    <message>
        <source>&apos;{name}&apos; took too long to decode and was given up; save a new copy of it from another program.</source>
        <translation>“{name}”解码时间过长，已放弃；请从其他程序重新保存一份副本。</translation>
    </message>
    <message>
        <source>they cannot be read</source>
        <translation>无法读取它们</translation>
    </message>
</context>
<context>
    <name>Picture</name>
    <message>
        <source>&apos;{name}&apos; is damaged or incomplete; get the original file again.</source>
        <translation>“{name}”已损坏或不完整；请重新获取原始文件。</translation>
    </message>
    <message>
        <source>&apos;{name}&apos; is of a kind that is not supported; save it as PNG or TIFF from the program that made it.</source>
        <translation>不支持“{name}”的类型；请从制作它的程序中保存为 PNG 或 TIFF。</translation>
    </message>
    <message>
        <source>Its color profile cannot be used, so its colors are taken as sRGB.</source>
        <translation>其颜色配置文件无法使用，因此按 sRGB 处理颜色。</translation>
    </message>
    <message>
        <source>The picture has no pixels; choose another file.</source>
        <translation>图像没有像素；请选择其他文件。</translation>
    </message>
    <message>
        <source>The picture is {size} pixels and at most {max_pixels} megapixels can be opened; make it smaller first.</source>
        <translation>图像为 {size} 像素，而最多可打开 {max_pixels} 百万像素；请先缩小图像。</translation>
    </message>
    <message>
        <source>The resolution of {dpi} pixels an inch makes no sense and was left out.</source>
        <translation>每英寸 {dpi} 像素的分辨率没有意义，已略去。</translation>
    </message>
</context>
<context>
    <name>PillowRead</name>
    <message>
        <source>Only the first of several pictures in the file was opened.</source>
        <translation>只打开了文件中多个图像的第一个。</translation>
    </message>
    <message>
        <source>Only the first of {count} pictures in the file was opened.</source>
        <translation>文件中有 {count} 个图像，只打开了第一个。</translation>
    </message>
    <message>
        <source>The file is damaged or ends too early, but the picture is complete.</source>
        <translation>文件已损坏或过早结束，但图像是完整的。</translation>
    </message>
    <message>
        <source>The file is damaged: {share} of the picture is missing, between {first} and {last} of {height} pixels from the top of the picture as stored; the missing part is selected.</source>
        <translation>文件已损坏：图像的 {share} 缺失，按存储方向位于从上数第 {first} 到 {last} 个像素之间（共 {height} 个）；缺失的部分已被选中。</translation>
    </message>
    <message>
        <source>less than 1 %</source>
        <translation>不到 1 %</translation>
    </message>
</context>
<context>
    <name>PlacementBox</name>
    <message>
        <source>A little to the left</source>
        <translation>略向左</translation>
    </message>
    <message>
        <source>A little to the right</source>
        <translation>略向右</translation>
    </message>
    <message>
        <source>Add the shadow as a layer below the object</source>
        <translation>将阴影添加为物体下方的图层</translation>
    </message>
    <message>
        <source>Applies to the next Generate; the results below stay as they are.</source>
        <translation>将在下一次生成时生效；下方的结果保持不变。</translation>
    </message>
    <message>
        <source>As drawn</source>
        <translation>与绘制时相同</translation>
    </message>
    <message>
        <source>Brightness</source>
        <translation>亮度</translation>
    </message>
    <message>
        <source>Color of the light</source>
        <translation>光线颜色</translation>
    </message>
    <message>
        <source>Contrast</source>
        <translation>对比度</translation>
    </message>
    <message>
        <source>Falls</source>
        <translation>投向</translation>
    </message>
    <message>
        <source>Focus</source>
        <translation>清晰度</translation>
    </message>
    <message>
        <source>From the photo</source>
        <translation>与照片相同</translation>
    </message>
    <message>
        <source>Give it the photo&apos;s grain</source>
        <translation>为其添加照片的颗粒</translation>
    </message>
    <message>
        <source>Grain</source>
        <translation>颗粒</translation>
    </message>
    <message>
        <source>How an object sits in the photo: size, light and shadow</source>
        <translation>物体在照片中的样子：大小、光线和阴影</translation>
    </message>
    <message>
        <source>How dark the shadow is</source>
        <translation>阴影的深浅</translation>
    </message>
    <message>
        <source>How large the object becomes</source>
        <translation>物体的大小</translation>
    </message>
    <message>
        <source>Inside the mask</source>
        <translation>在蒙版之内</translation>
    </message>
    <message>
        <source>Keep its brightness within what the scene suggests</source>
        <translation>使其亮度保持在场景所示的范围内</translation>
    </message>
    <message>
        <source>Let the shadow darken the photo outside of the mask; the line at the bottom tells how much</source>
        <translation>允许阴影使蒙版之外的照片变暗；底部的一行会说明变暗了多少</translation>
    </message>
    <message>
        <source>Light it as warm or cold as the scene</source>
        <translation>使其光线与场景一样冷或暖</translation>
    </message>
    <message>
        <source>Lighten its shaded side where that is too dark</source>
        <translation>背光面过暗时将其提亮</translation>
    </message>
    <message>
        <source>Lower edge</source>
        <translation>下边缘</translation>
    </message>
    <message>
        <source>Match to the photo</source>
        <translation>与照片匹配</translation>
    </message>
    <message>
        <source>Middle</source>
        <translation>中间</translation>
    </message>
    <message>
        <source>Move its contrast toward the scene&apos;s</source>
        <translation>使其对比度接近场景的对比度</translation>
    </message>
    <message>
        <source>Over all of the mask</source>
        <translation>覆盖整个蒙版</translation>
    </message>
    <message>
        <source>Place</source>
        <translation>位置</translation>
    </message>
    <message>
        <source>Placement</source>
        <translation>放置</translation>
    </message>
    <message>
        <source>Remove what is under the mask from the photo before the object is drawn; applies to the next Generate</source>
        <translation>在绘制物体之前先移除照片中蒙版下的内容；在下一次生成时生效</translation>
    </message>
    <message>
        <source>Replace what is there</source>
        <translation>替换原有内容</translation>
    </message>
    <message>
        <source>Shaded side</source>
        <translation>背光面</translation>
    </message>
    <message>
        <source>Shadow</source>
        <translation>阴影</translation>
    </message>
    <message>
        <source>Shadow falls</source>
        <translation>阴影方向</translation>
    </message>
    <message>
        <source>Shadow may leave the mask</source>
        <translation>阴影可超出蒙版</translation>
    </message>
    <message>
        <source>Shadow on its own layer</source>
        <translation>阴影放在单独的图层</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>大小</translation>
    </message>
    <message>
        <source>Soften it where the photo is out of focus</source>
        <translation>在照片失焦之处使其柔化</translation>
    </message>
    <message>
        <source>Straight down</source>
        <translation>正下方</translation>
    </message>
    <message>
        <source>To the left</source>
        <translation>向左</translation>
    </message>
    <message>
        <source>To the right</source>
        <translation>向右</translation>
    </message>
    <message>
        <source>To which side the shadow falls</source>
        <translation>阴影投向哪一侧</translation>
    </message>
    <message>
        <source>Where in the mask it stands</source>
        <translation>物体在蒙版中的位置</translation>
    </message>
</context>
<context>
    <name>Plan</name>
    <message>
        <source>The model &apos;{model}&apos; has no upsampler; choose another model to enlarge a photo.</source>
        <translation>模型“{model}”没有放大网络；请选择其他模型来放大照片。</translation>
    </message>
</context>
<context>
    <name>PlausibleLength</name>
    <message>
        <source>The file is far longer than its picture explains; save a new copy of it from another program.</source>
        <translation>文件远比其图像应有的长度长；请从其他程序重新保存一份副本。</translation>
    </message>
</context>
<context>
    <name>PngChunks</name>
    <message>
        <source>The file has more text than a picture needs; the rest was left out.</source>
        <translation>文件中的文字超出图像所需；其余部分已略去。</translation>
    </message>
</context>
<context>
    <name>Preferences</name>
    <message>
        <source>The preferences cannot be saved to &apos;{file}&apos;; make room on the disk and check who may write to that folder.</source>
        <translation>无法将首选项保存到“{file}”；请腾出磁盘空间，并检查谁可以写入该文件夹。</translation>
    </message>
</context>
<context>
    <name>PreferencesDialog</name>
    <message>
        <source>%n day(s)</source>
        <translation>%n 天</translation>
    </message>
    <message>
        <source>Accent</source>
        <translation>强调色</translation>
    </message>
    <message>
        <source>An export begins with these; each can be changed in its dialog. Nothing is ever sent anywhere.</source>
        <translation>导出时以这些为初始设置；每项都可在导出对话框中更改。绝不会向任何地方发送任何内容。</translation>
    </message>
    <message>
        <source>Appearance</source>
        <translation>外观</translation>
    </message>
    <message>
        <source>As the desktop</source>
        <translation>与桌面相同</translation>
    </message>
    <message>
        <source>Beyond it steps are read from the disk, those of hidden tabs first; none is lost</source>
        <translation>超出时步骤从磁盘读取，隐藏的标签页先让出；不会丢失任何步骤</translation>
    </message>
    <message>
        <source>Beyond it the oldest results of a document wait on the disk; none is lost</source>
        <translation>超出时文档中最早的结果改为保留在磁盘上；不会丢失任何结果</translation>
    </message>
    <message>
        <source>Commands and their keys</source>
        <translation>命令及其按键</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>深色</translation>
    </message>
    <message>
        <source>Default</source>
        <translation>默认</translation>
    </message>
    <message>
        <source>Every edit is kept on the disk at once, saved or not; there is nothing to set.</source>
        <translation>每次编辑都会立即保存在磁盘上，无论是否保存；无需设置。</translation>
    </message>
    <message>
        <source>Export, privacy</source>
        <translation>导出与隐私</translation>
    </message>
    <message>
        <source>Files</source>
        <translation>文件</translation>
    </message>
    <message>
        <source>Forget recent files</source>
        <translation>清除最近打开的文件</translation>
    </message>
    <message>
        <source>History of all open documents</source>
        <translation>所有打开文档的历史记录</translation>
    </message>
    <message>
        <source>Interface size</source>
        <translation>界面大小</translation>
    </message>
    <message>
        <source>Keep EXIF, XMP and resolution of the photo</source>
        <translation>保留照片的 EXIF、XMP 和分辨率</translation>
    </message>
    <message>
        <source>Keep deleted unsaved work</source>
        <translation>保留已删除的未保存工作</translation>
    </message>
    <message>
        <source>Keys of the chosen command</source>
        <translation>所选命令的按键</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>语言</translation>
    </message>
    <message>
        <source>Language and size change when the program is started again.</source>
        <translation>语言和大小在程序重新启动后更改。</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>浅色</translation>
    </message>
    <message>
        <source>Memory, disk</source>
        <translation>内存与磁盘</translation>
    </message>
    <message>
        <source>No key</source>
        <translation>无按键</translation>
    </message>
    <message>
        <source>On the disk now</source>
        <translation>目前占用磁盘</translation>
    </message>
    <message>
        <source>Open the files of the last time when the program starts</source>
        <translation>程序启动时打开上次的文件</translation>
    </message>
    <message>
        <source>Own</source>
        <translation>自定义</translation>
    </message>
    <message>
        <source>Preferences</source>
        <translation>首选项</translation>
    </message>
    <message>
        <source>Preset</source>
        <translation>预设</translation>
    </message>
    <message>
        <source>Press the new keys here</source>
        <translation>在此按下新的按键</translation>
    </message>
    <message>
        <source>Quality</source>
        <translation>品质</translation>
    </message>
    <message>
        <source>Quality of JPEG, WebP and AVIF</source>
        <translation>JPEG、WebP 和 AVIF 的品质</translation>
    </message>
    <message>
        <source>Results of a document</source>
        <translation>文档的结果</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>保存</translation>
    </message>
    <message>
        <source>Search</source>
        <translation>搜索</translation>
    </message>
    <message>
        <source>Search for a command</source>
        <translation>搜索命令</translation>
    </message>
    <message>
        <source>Sections</source>
        <translation>分区</translation>
    </message>
    <message>
        <source>Shortcuts</source>
        <translation>快捷键</translation>
    </message>
    <message>
        <source>Shortcuts as in another program</source>
        <translation>与其他程序相同的快捷键</translation>
    </message>
    <message>
        <source>The history always keeps every step: what has no room in memory waits on the disk.</source>
        <translation>历史记录始终保留每一步：内存容纳不下的部分保存在磁盘上。</translation>
    </message>
    <message>
        <source>Theme</source>
        <translation>主题</translation>
    </message>
    <message>
        <source>These keys were taken from “{other}”.</source>
        <translation>这些按键取自“{other}”。</translation>
    </message>
    <message>
        <source>This screen has room for up to {size} %.</source>
        <translation>此屏幕最多可容纳 {size} %。</translation>
    </message>
    <message>
        <source>Until then, deleted unsaved work can be taken back</source>
        <translation>在此之前，可以收回已删除的未保存工作</translation>
    </message>
    <message>
        <source>Write prompt, seed and model of each fill</source>
        <translation>写入每次填充的提示词、种子和模型</translation>
    </message>
    <message>
        <source>{number} MB</source>
        <translation>{number} MB</translation>
    </message>
    <message>
        <source>{size} % needs a screen of {width} × {height} pixels.</source>
        <translation>{size} % 需要 {width} × {height} 像素的屏幕。</translation>
    </message>
</context>
<context>
    <name>PromptPanel</name>
    <message>
        <source>About {time}.</source>
        <translation>约 {time}。</translation>
    </message>
    <message>
        <source>Best</source>
        <translation>最佳</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Candidates</source>
        <translation>候选</translation>
    </message>
    <message>
        <source>Denoising steps: more are slower and finer</source>
        <translation>去噪步数：越多越慢、越精细</translation>
    </message>
    <message>
        <source>Describe what the painted area should show, then press Enter; empty removes what is there</source>
        <translation>描述涂抹区域应显示的内容，然后按 Enter；留空则移除那里的内容</translation>
    </message>
    <message>
        <source>Describe what the result should not show</source>
        <translation>用英语描述结果不应显示的内容</translation>
    </message>
    <message>
        <source>Draft</source>
        <translation>草稿</translation>
    </message>
    <message>
        <source>Drafts in about {time}.</source>
        <translation>草稿约需 {time}。</translation>
    </message>
    <message>
        <source>Extending the canvas  {done}</source>
        <translation>正在扩展画布  {done}</translation>
    </message>
    <message>
        <source>Fewer steps are faster, more are finer</source>
        <translation>步数越少越快，越多越精细</translation>
    </message>
    <message>
        <source>Fill the painted area with what the prompt describes</source>
        <translation>用提示词描述的内容填充涂抹的区域</translation>
    </message>
    <message>
        <source>Filling from the photo  {done}</source>
        <translation>正在用照片内容填充  {done}</translation>
    </message>
    <message>
        <source>Fills the painted area from the photo itself.</source>
        <translation>用照片自身的内容填充涂抹的区域。</translation>
    </message>
    <message>
        <source>Find what is to be replaced, and ask</source>
        <translation>查找要替换的内容，并询问</translation>
    </message>
    <message>
        <source>Finds it, shows the mask, and asks before anything is replaced.</source>
        <translation>找到它，显示蒙版，并在替换之前询问。</translation>
    </message>
    <message>
        <source>Fitting it into the photo{part}</source>
        <translation>正在融入照片{part}</translation>
    </message>
    <message>
        <source>Generate</source>
        <translation>生成</translation>
    </message>
    <message>
        <source>Good</source>
        <translation>良好</translation>
    </message>
    <message>
        <source>Guidance</source>
        <translation>引导强度</translation>
    </message>
    <message>
        <source>How closely the result follows the prompt; 2 to 3 is a good start</source>
        <translation>结果遵循提示词的程度；2 到 3 是不错的起点</translation>
    </message>
    <message>
        <source>How far the result may go from what is there; 100 % is new</source>
        <translation>结果可以偏离原有内容的程度；100 % 为全新内容</translation>
    </message>
    <message>
        <source>How many different results to make</source>
        <translation>要制作多少个不同的结果</translation>
    </message>
    <message>
        <source>Keep mask</source>
        <translation>保留蒙版</translation>
    </message>
    <message>
        <source>Leave the mask in place after Accept, for another fill of the same area</source>
        <translation>接受后保留蒙版，以便对同一区域再次填充</translation>
    </message>
    <message>
        <source>Looking for it in the picture…</source>
        <translation>正在图像中查找…</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Negative prompt</source>
        <translation>反向提示词</translation>
    </message>
    <message>
        <source>One is drawn in each painted place; for {count}, paint {count} places apart from each other.</source>
        <translation>每个涂抹的位置只画一个；要画 {count} 个，请涂抹 {count} 个彼此分开的位置。</translation>
    </message>
    <message>
        <source>Own</source>
        <translation>自定义</translation>
    </message>
    <message>
        <source>Paint over what should change.</source>
        <translation>请涂抹需要改变的地方。</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>暂停</translation>
    </message>
    <message>
        <source>Paused at {done}</source>
        <translation>已暂停，{done}</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>进度</translation>
    </message>
    <message>
        <source>Prompt</source>
        <translation>提示词</translation>
    </message>
    <message>
        <source>Quality</source>
        <translation>质量</translation>
    </message>
    <message>
        <source>Random</source>
        <translation>随机</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>移除</translation>
    </message>
    <message>
        <source>Remove what is painted, from the photo&apos;s own pixels</source>
        <translation>用照片本身的像素移除涂抹的内容</translation>
    </message>
    <message>
        <source>Replace</source>
        <translation>替换</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>继续</translation>
    </message>
    <message>
        <source>Seed</source>
        <translation>种子</translation>
    </message>
    <message>
        <source>Selecting the object…</source>
        <translation>正在选择对象…</translation>
    </message>
    <message>
        <source>Starting</source>
        <translation>正在开始</translation>
    </message>
    <message>
        <source>Steps</source>
        <translation>步数</translation>
    </message>
    <message>
        <source>Stop this fill  (Esc)</source>
        <translation>停止此次填充  (Esc)</translation>
    </message>
    <message>
        <source>Strength</source>
        <translation>强度</translation>
    </message>
    <message>
        <source>That needs {needed} GB of memory, more than is free; ask for fewer candidates.</source>
        <translation>这需要 {needed} GB 内存，超出可用内存；请减少候选数量。</translation>
    </message>
    <message>
        <source>The model that makes the fill</source>
        <translation>用于填充的模型</translation>
    </message>
    <message>
        <source>The result is enlarged {enlargement}× to fill this area; a smaller area gets finer detail.</source>
        <translation>结果将放大 {enlargement} 倍以填满此区域；较小的区域细节更精细。</translation>
    </message>
    <message>
        <source>The same seed gives the same result</source>
        <translation>相同的种子得到相同的结果</translation>
    </message>
    <message>
        <source>Use a new seed for every Generate</source>
        <translation>每次生成都使用新的种子</translation>
    </message>
    <message>
        <source>Waiting for the model</source>
        <translation>正在等待模型</translation>
    </message>
    <message>
        <source>What should be there?  Leave it empty to remove what is painted.</source>
        <translation>应该出现什么？请用英语描述；留空则移除。</translation>
    </message>
    <message>
        <source>What should not be there (optional)</source>
        <translation>不应出现什么（英语，可选）</translation>
    </message>
    <message>
        <source>{minutes} min {seconds} s left</source>
        <translation>剩余 {minutes} 分 {seconds} 秒</translation>
    </message>
    <message>
        <source>{plan} ≈ {time}</source>
        <translation>{plan} ≈ {time}</translation>
    </message>
    <message>
        <source>{seconds} s left</source>
        <translation>剩余 {seconds} 秒</translation>
    </message>
</context>
<context>
    <name>PsdRead</name>
    <message>
        <source>&apos;{name}&apos; adjusts or fills what lies below, which is not shown.</source>
        <translation>“{name}”调整或填充其下方的内容，未显示。</translation>
    </message>
    <message>
        <source>&apos;{name}&apos; blends by &apos;{mode}&apos;, which became &apos;normal&apos;.</source>
        <translation>“{name}”的混合模式为“{mode}”，已改为“正常”。</translation>
    </message>
    <message>
        <source>&apos;{name}&apos; is opened as pixels and cannot be edited as before.</source>
        <translation>“{name}”作为像素打开，无法像以前那样编辑。</translation>
    </message>
    <message>
        <source>As saved</source>
        <translation>存储时的样子</translation>
    </message>
    <message>
        <source>Background</source>
        <translation>背景</translation>
    </message>
    <message>
        <source>Effects of &apos;{name}&apos; are not shown.</source>
        <translation>未显示“{name}”的效果。</translation>
    </message>
    <message>
        <source>Inks</source>
        <translation>油墨</translation>
    </message>
    <message>
        <source>It has more than {max_layers} layers; merge some of them.</source>
        <translation>图层超过 {max_layers} 个；请合并其中一些。</translation>
    </message>
    <message>
        <source>It holds separate inks and no merged picture, so they are shown printed over each other ({told}); the program that saved it may show other colors.</source>
        <translation>它包含单独的油墨而没有合并后的图像，因此显示为相互叠印（{told}）；存储它的程序可能显示其他颜色。</translation>
    </message>
    <message>
        <source>Multichannel files with {depth} bits a channel cannot be opened; convert it to 8 or 16 bits or to RGB in the program that made it.</source>
        <translation>无法打开每通道 {depth} 位的多通道文件；请在制作它的程序中转换为 8 或 16 位，或转换为 RGB。</translation>
    </message>
    <message>
        <source>Only the merged picture was opened: its layers are not RGB or gray.</source>
        <translation>只打开了合并后的图像：其图层不是 RGB 或灰度。</translation>
    </message>
    <message>
        <source>The background of the artboard &apos;{name}&apos; is not shown.</source>
        <translation>未显示画板“{name}”的背景。</translation>
    </message>
    <message>
        <source>The file is damaged at its end; its layers are whole and were opened.</source>
        <translation>文件末尾已损坏；其图层完整，已打开。</translation>
    </message>
    <message>
        <source>The hidden layer &apos;{name}&apos; shows the picture as it was saved.</source>
        <translation>隐藏的图层“{name}”显示图像存储时的样子。</translation>
    </message>
    <message>
        <source>The layers look different here in {percent} of the picture from how the program that saved the file showed them.</source>
        <translation>图像的 {percent} 中，图层在此的外观与存储该文件的程序所显示的不同。</translation>
    </message>
    <message>
        <source>The mask of &apos;{name}&apos; is not feathered.</source>
        <translation>“{name}”的蒙版未羽化。</translation>
    </message>
    <message>
        <source>The vector mask of &apos;{name}&apos; is not shown.</source>
        <translation>未显示“{name}”的矢量蒙版。</translation>
    </message>
    <message>
        <source>an ink</source>
        <translation>某种油墨</translation>
    </message>
    <message>
        <source>black</source>
        <translation>黑色</translation>
    </message>
    <message>
        <source>cyan</source>
        <translation>青色</translation>
    </message>
    <message>
        <source>less than 1 %</source>
        <translation>不到 1 %</translation>
    </message>
    <message>
        <source>magenta</source>
        <translation>洋红色</translation>
    </message>
    <message>
        <source>yellow</source>
        <translation>黄色</translation>
    </message>
    <message>
        <source>{name} as {ink}</source>
        <translation>{name} 作为{ink}</translation>
    </message>
    <message>
        <source>{name} not at all</source>
        <translation>{name} 未显示</translation>
    </message>
</context>
<context>
    <name>PsdWrite</name>
    <message>
        <source>A PSD has at most {max_side} pixels a side; make the picture smaller or save it as OpenRaster.</source>
        <translation>PSD 每边最多 {max_side} 像素；请缩小图像或保存为 OpenRaster。</translation>
    </message>
    <message>
        <source>Masks were written with 8 bits.</source>
        <translation>蒙版以 8 位写入。</translation>
    </message>
</context>
<context>
    <name>QAbstractFileIconProvider</name>
    <message>
        <source>Folder</source>
        <translation>文件夹</translation>
    </message>
</context>
<context>
    <name>QueuePanel</name>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Cancel all</source>
        <translation>全部取消</translation>
    </message>
    <message>
        <source>Close the queue</source>
        <translation>关闭队列</translation>
    </message>
    <message>
        <source>Drag it, or press Alt+Up and Alt+Down, to move it; Del cancels it</source>
        <translation>拖动，或按 Alt+Up 和 Alt+Down 来移动；Del 取消</translation>
    </message>
    <message>
        <source>Later</source>
        <translation>推后</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>暂停</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>进度</translation>
    </message>
    <message>
        <source>Queue</source>
        <translation>队列</translation>
    </message>
    <message>
        <source>Queue: {text}</source>
        <translation>队列：{text}</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>继续</translation>
    </message>
    <message>
        <source>Show the queue  (F8)</source>
        <translation>显示队列  (F8)</translation>
    </message>
    <message>
        <source>Sooner</source>
        <translation>提前</translation>
    </message>
    <message>
        <source>Stop everything that runs and waits</source>
        <translation>停止所有正在运行和等待的任务</translation>
    </message>
    <message>
        <source>{count} more</source>
        <translation>另有 {count} 个</translation>
    </message>
</context>
<context>
    <name>RawRead</name>
    <message>
        <source>The RAW file was developed with the camera&apos;s white balance, to 16 bits a channel in sRGB; the RAW file itself is never changed.</source>
        <translation>RAW 文件已按相机的白平衡显影为每通道 16 位的 sRGB；RAW 文件本身绝不会更改。</translation>
    </message>
</context>
<context>
    <name>Read</name>
    <message>
        <source>&apos;{name}&apos; cannot be read; check that you may open it.</source>
        <translation>无法读取“{name}”；请检查您是否有权打开它。</translation>
    </message>
    <message>
        <source>&apos;{name}&apos; has layers, and a picture is needed; export it as a PNG first.</source>
        <translation>“{name}”含有图层，而这里需要一张图像；请先将其导出为 PNG。</translation>
    </message>
    <message>
        <source>&apos;{name}&apos; has {length} GiB and files up to {max_file} GiB can be opened; save it smaller or in another format.</source>
        <translation>“{name}”有 {length} GiB，而最多可打开 {max_file} GiB 的文件；请保存得更小或使用其他格式。</translation>
    </message>
    <message>
        <source>&apos;{name}&apos; is a device or a pipe; choose a file.</source>
        <translation>“{name}”是设备或管道；请选择文件。</translation>
    </message>
    <message>
        <source>&apos;{name}&apos; is a folder; choose a file inside of it.</source>
        <translation>“{name}”是文件夹；请选择其中的文件。</translation>
    </message>
    <message>
        <source>&apos;{name}&apos; is a layered document with another ending; rename it to end in .{ending}.</source>
        <translation>“{name}”是扩展名不符的分层文档；请将其重命名为以 .{ending} 结尾。</translation>
    </message>
    <message>
        <source>&apos;{name}&apos; is empty; choose another file.</source>
        <translation>“{name}”为空；请选择其他文件。</translation>
    </message>
    <message>
        <source>&apos;{name}&apos; is not an image that can be opened; choose a PNG, JPEG, TIFF, WebP, BMP, AVIF, HEIC, JPEG XL or RAW file, a PSD, an OpenRaster file or a .glide project.</source>
        <translation>“{name}”不是可以打开的图像；请选择 PNG、JPEG、TIFF、WebP、BMP、AVIF、HEIC、JPEG XL 或 RAW 文件，PSD、OpenRaster 文件或 .glide 项目。</translation>
    </message>
    <message>
        <source>&apos;{name}&apos; is not an image that can be opened; choose a PNG, JPEG, TIFF, WebP, BMP, AVIF, HEIC, JPEG XL or RAW file.</source>
        <translation>“{name}”不是可以打开的图像；请选择 PNG、JPEG、TIFF、WebP、BMP、AVIF、HEIC、JPEG XL 或 RAW 文件。</translation>
    </message>
    <message>
        <source>&apos;{name}&apos; was not opened: {error}</source>
        <translation>未能打开“{name}”：{error}</translation>
    </message>
    <message>
        <source>There is no file &apos;{name}&apos;; it may have been moved or renamed. Choose another one.</source>
        <translation>没有文件“{name}”；它可能已被移动或重命名。请选择其他文件。</translation>
    </message>
    <message>
        <source>There is not enough memory to open &apos;{name}&apos;; close other documents or make it smaller.</source>
        <translation>内存不足，无法打开“{name}”；请关闭其他文档或缩小它。</translation>
    </message>
</context>
<context>
    <name>Recovery</name>
    <message>
        <source>That document is open in another window; close it there.</source>
        <translation>该文档已在另一个窗口中打开；请在那里关闭它。</translation>
    </message>
    <message>
        <source>The unsaved work cannot be moved ({strerror}); try again.</source>
        <translation>无法移动未保存的工作（{strerror}）；请重试。</translation>
    </message>
</context>
<context>
    <name>Request</name>
    <message>
        <source>There is no word in the noun “{noun}”; say what the pictures show, such as “teapot”.</source>
        <translation>名词“{noun}”中没有单词；请用英语输入图片显示的内容，例如“teapot”。</translation>
    </message>
</context>
<context>
    <name>RequestChecks</name>
    <message>
        <source>A fill needs a picture and a mask.</source>
        <translation>填充需要图像和蒙版。</translation>
    </message>
    <message>
        <source>CLIP compares pictures with a prompt; type one.</source>
        <translation>CLIP 将图像与提示词比较；请输入提示词。</translation>
    </message>
    <message>
        <source>Nothing was said; type what should be selected.</source>
        <translation>没有输入内容；请输入要选择的内容。</translation>
    </message>
    <message>
        <source>Of the networks of &apos;{name}&apos; one makes transparency and the other does not; add an upsampler that fits its base network.</source>
        <translation>“{name}”的网络中只有一个生成透明度；请添加与其基础网络匹配的放大网络。</translation>
    </message>
    <message>
        <source>Only a picture can be varied; set the strength to 1 or open one.</source>
        <translation>只能变化图像；请将强度设为 1，或打开一个图像。</translation>
    </message>
    <message>
        <source>The mask is empty; paint over what should change.</source>
        <translation>蒙版为空；请涂抹要更改的部分。</translation>
    </message>
    <message>
        <source>The model &apos;{model}&apos; always draws a new object; set the strength to 1.</source>
        <translation>模型“{model}”总是绘制新的物体；请将强度设为 1。</translation>
    </message>
    <message>
        <source>The model &apos;{model}&apos; varies objects on transparency, and this picture has none; choose a PNG with transparency.</source>
        <translation>模型“{model}”在透明背景上变化物体，而此图像没有透明度；请选择带透明度的 PNG。</translation>
    </message>
    <message>
        <source>The model &apos;{name}&apos; cannot select by words; choose another model.</source>
        <translation>模型“{name}”无法按文字选择；请选择其他模型。</translation>
    </message>
    <message>
        <source>The model &apos;{name}&apos; cannot {what}; switch that off or choose another model.</source>
        <translation>模型“{name}”无法{what}；请将其关闭或选择其他模型。</translation>
    </message>
    <message>
        <source>The model &apos;{name}&apos; makes whole pictures; flatten this one before it is varied.</source>
        <translation>模型“{name}”制作整幅图像；在进行变化之前请先拼合此图像。</translation>
    </message>
    <message>
        <source>There is no picture to enlarge; open one first.</source>
        <translation>没有可放大的图像；请先打开一个。</translation>
    </message>
    <message>
        <source>There is no picture to select in; open one first.</source>
        <translation>没有可供选择的图像；请先打开一个。</translation>
    </message>
    <message>
        <source>fill by a text-to-image network</source>
        <translation>用文生图网络填充</translation>
    </message>
    <message>
        <source>guide by CLIP</source>
        <translation>用 CLIP 引导</translation>
    </message>
    <message>
        <source>guide by a classifier</source>
        <translation>用分类器引导</translation>
    </message>
    <message>
        <source>hide the context from its network</source>
        <translation>对其网络隐藏周围内容</translation>
    </message>
    <message>
        <source>{name} works with the sampler {sampler} only; leave it out or choose {sampler}.</source>
        <translation>{name} 只能与采样器 {sampler} 一起使用；请去掉它或选择 {sampler}。</translation>
    </message>
</context>
<context>
    <name>RequestNetworks</name>
    <message>
        <source>The header of {name} does not describe a network.</source>
        <translation>{name} 的文件头没有描述网络。</translation>
    </message>
    <message>
        <source>The network in {name} is for pictures of {size} pixels, which it cannot make (a multiple of {step} up to {most}); choose another file.</source>
        <translation>{name} 中的网络用于 {size} 像素的图像，它无法制作（应为 {step} 的倍数，最大 {most}）；请选择其他文件。</translation>
    </message>
    <message>
        <source>{name} cannot be used: {error}</source>
        <translation>无法使用 {name}：{error}</translation>
    </message>
    <message>
        <source>{name} is damaged; add the model again.</source>
        <translation>{name} 已损坏；请重新添加模型。</translation>
    </message>
</context>
<context>
    <name>ResultActions</name>
    <message>
        <source>Mask of a result</source>
        <translation>结果的蒙版</translation>
    </message>
</context>
<context>
    <name>ResultsModel</name>
    <message>
        <source>, draft</source>
        <translation>，草稿</translation>
    </message>
    <message>
        <source>All</source>
        <translation>全部</translation>
    </message>
    <message>
        <source>Draft</source>
        <translation>草稿</translation>
    </message>
    <message>
        <source>Favorites</source>
        <translation>收藏</translation>
    </message>
    <message>
        <source>It is a layer of the picture.</source>
        <translation>它已是图片中的图层。</translation>
    </message>
    <message>
        <source>It is picked for its part of the mask; Accept takes it too.</source>
        <translation>已为蒙版中它所在的部分选定；接受时会一并采用。</translation>
    </message>
    <message>
        <source>Paused</source>
        <translation>已暂停</translation>
    </message>
    <message>
        <source>Rejected</source>
        <translation>已拒绝</translation>
    </message>
    <message>
        <source>Removal</source>
        <translation>移除</translation>
    </message>
    <message>
        <source>Waiting</source>
        <translation>等待中</translation>
    </message>
    <message>
        <source>accepted</source>
        <translation>已接受</translation>
    </message>
    <message>
        <source>favorite</source>
        <translation>收藏</translation>
    </message>
    <message>
        <source>part {part} of {count}</source>
        <translation>第 {part} 部分，共 {count} 部分</translation>
    </message>
    <message>
        <source>picked for its part of the mask</source>
        <translation>已为蒙版中它所在的部分选定</translation>
    </message>
    <message>
        <source>rejected</source>
        <translation>已拒绝</translation>
    </message>
    <message>
        <source>{fill}{kind}, {place} of {count}</source>
        <translation>{fill}{kind}，{place} / {count}</translation>
    </message>
    <message>
        <source>{model}, seed {seed}</source>
        <translation>{model}，种子 {seed}</translation>
    </message>
</context>
<context>
    <name>ResultsPanel</name>
    <message>
        <source>&amp;All again with another seed</source>
        <translation>用其他种子全部重做(&amp;A)</translation>
    </message>
    <message>
        <source>&amp;Delete</source>
        <translation>删除(&amp;D)</translation>
    </message>
    <message>
        <source>&amp;Edit its mask</source>
        <translation>编辑其蒙版(&amp;E)</translation>
    </message>
    <message>
        <source>&amp;Favorite</source>
        <translation>收藏(&amp;F)</translation>
    </message>
    <message>
        <source>&amp;Reject</source>
        <translation>拒绝(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;Use its settings</source>
        <translation>使用其设置(&amp;U)</translation>
    </message>
    <message>
        <source>Accept</source>
        <translation>接受</translation>
    </message>
    <message>
        <source>Add this result as a layer  (Enter)</source>
        <translation>将此结果添加为图层  (Enter)</translation>
    </message>
    <message>
        <source>Arrow keys choose, Enter accepts, Esc keeps the original</source>
        <translation>方向键选择，Enter 接受，Esc 保留原图</translation>
    </message>
    <message>
        <source>Arrow keys choose, Enter refines, Esc keeps the original</source>
        <translation>方向键选择，Enter 细化，Esc 保留原图</translation>
    </message>
    <message>
        <source>Before and after</source>
        <translation>前后对比</translation>
    </message>
    <message>
        <source>Before and after  (W)</source>
        <translation>前后对比  (W)</translation>
    </message>
    <message>
        <source>Before and after: once it is fitted into the photo</source>
        <translation>前后对比：融入照片后可用</translation>
    </message>
    <message>
        <source>Before and after: refine the draft first</source>
        <translation>前后对比：请先细化草稿</translation>
    </message>
    <message>
        <source>Chosen result</source>
        <translation>所选结果</translation>
    </message>
    <message>
        <source>Clear the search</source>
        <translation>清除搜索</translation>
    </message>
    <message>
        <source>Color difference across the edge: {difference} (CIEDE2000)</source>
        <translation>边缘处的颜色差异：{difference} (CIEDE2000)</translation>
    </message>
    <message>
        <source>Edge faintly visible</source>
        <translation>边缘隐约可见</translation>
    </message>
    <message>
        <source>Edge not visible</source>
        <translation>边缘不可见</translation>
    </message>
    <message>
        <source>Edge of the result</source>
        <translation>结果的边缘</translation>
    </message>
    <message>
        <source>Edge visible</source>
        <translation>边缘可见</translation>
    </message>
    <message>
        <source>Fitting it into the photo…</source>
        <translation>正在融入照片…</translation>
    </message>
    <message>
        <source>Hide the results</source>
        <translation>隐藏结果</translation>
    </message>
    <message>
        <source>Keep original</source>
        <translation>保留原图</translation>
    </message>
    <message>
        <source>Leave the photo as it is; the results are kept here  (Esc)</source>
        <translation>照片保持不变；结果会保留在这里  (Esc)</translation>
    </message>
    <message>
        <source>Made for another canvas</source>
        <translation>为另一画布生成</translation>
    </message>
    <message>
        <source>Make the selected drafts in full detail; Shift and Ctrl select several  (Enter)</source>
        <translation>以全部细节制作所选草稿；Shift 和 Ctrl 可选择多个  (Enter)</translation>
    </message>
    <message>
        <source>More &amp;like this</source>
        <translation>更多类似的结果(&amp;L)</translation>
    </message>
    <message>
        <source>More about this result</source>
        <translation>关于此结果的更多操作</translation>
    </message>
    <message>
        <source>More like t&amp;his, but freer</source>
        <translation>更多类似的结果，更自由(&amp;H)</translation>
    </message>
    <message>
        <source>More like this, but &amp;closer</source>
        <translation>更多类似的结果，更接近(&amp;C)</translation>
    </message>
    <message>
        <source>None yet</source>
        <translation>尚无结果</translation>
    </message>
    <message>
        <source>Nothing found; search for another word or choose All.</source>
        <translation>没有找到结果；请换一个词搜索，或选择“全部”。</translation>
    </message>
    <message>
        <source>One &amp;more with another seed</source>
        <translation>用其他种子再做一个(&amp;M)</translation>
    </message>
    <message>
        <source>Refine</source>
        <translation>细化</translation>
    </message>
    <message>
        <source>Refine {count}</source>
        <translation>细化 {count} 个</translation>
    </message>
    <message>
        <source>Results</source>
        <translation>结果</translation>
    </message>
    <message>
        <source>Search</source>
        <translation>搜索</translation>
    </message>
    <message>
        <source>Search prompts</source>
        <translation>搜索提示词</translation>
    </message>
    <message>
        <source>Show only results whose prompts contain these words</source>
        <translation>只显示提示词中包含这些文字的结果</translation>
    </message>
    <message>
        <source>Side by side</source>
        <translation>并排显示</translation>
    </message>
    <message>
        <source>Take back the results that were deleted last</source>
        <translation>收回上次删除的结果</translation>
    </message>
    <message>
        <source>Undo delete</source>
        <translation>撤销删除</translation>
    </message>
    <message>
        <source>Which results are shown</source>
        <translation>显示哪些结果</translation>
    </message>
</context>
<context>
    <name>RetouchActions</name>
    <message>
        <source>Alt-click where pixels should be taken from, then paint.</source>
        <translation>按住 Alt 单击要取像素的位置，然后涂抹。</translation>
    </message>
    <message>
        <source>Clone</source>
        <translation>仿制</translation>
    </message>
    <message>
        <source>Heal</source>
        <translation>修复</translation>
    </message>
    <message>
        <source>Nothing is painted yet; paint over what should be removed first.</source>
        <translation>尚未涂抹；请先涂抹要移除的部分。</translation>
    </message>
    <message>
        <source>Nothing is painted yet; paint the area first.</source>
        <translation>尚未涂抹；请先涂抹该区域。</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>移除</translation>
    </message>
    <message>
        <source>Retouch</source>
        <translation>修饰</translation>
    </message>
    <message>
        <source>Set excluded area</source>
        <translation>设置排除区域</translation>
    </message>
    <message>
        <source>Set sampling area</source>
        <translation>设置取样区域</translation>
    </message>
    <message>
        <source>The picture has another size now; paint again.</source>
        <translation>图像的大小已更改；请重新涂抹。</translation>
    </message>
    <message>
        <source>The source lies outside of the picture; Alt-click where pixels should be taken from, then paint.</source>
        <translation>取样点位于图片之外；请按住 Alt 单击要取像素的位置，然后涂抹。</translation>
    </message>
</context>
<context>
    <name>RetouchMenu</name>
    <message>
        <source>&amp;Never sample from the mask</source>
        <translation>不从蒙版取样(&amp;N)</translation>
    </message>
    <message>
        <source>&amp;Remove what is painted</source>
        <translation>移除涂抹的内容(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;Retouch</source>
        <translation>修饰(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;Sample only from the mask</source>
        <translation>只从蒙版取样(&amp;S)</translation>
    </message>
    <message>
        <source>Remove with ri&amp;m and shadow</source>
        <translation>连边缘和阴影移除(&amp;M)</translation>
    </message>
    <message>
        <source>S&amp;top</source>
        <translation>停止(&amp;T)</translation>
    </message>
    <message>
        <source>Sample from e&amp;verywhere</source>
        <translation>从所有位置取样(&amp;V)</translation>
    </message>
    <message>
        <source>Take along what lies beside the mask: soft edges, what the mask misses of a thing, and the shadow at its foot</source>
        <translation>连带取走蒙版旁边的部分：柔和的边缘、蒙版漏掉的部分，以及物体底部的阴影</translation>
    </message>
</context>
<context>
    <name>RetouchWork</name>
    <message>
        <source>Cancelled; the picture stays as it is.</source>
        <translation>已取消；图片保持原样。</translation>
    </message>
    <message>
        <source>Extend was cancelled; the picture stays as it is.</source>
        <translation>扩展已取消；图片保持原样。</translation>
    </message>
</context>
<context>
    <name>Rulers</name>
    <message>
        <source>Drag from here onto the picture for a guide</source>
        <translation>从这里拖到图片上即可添加参考线</translation>
    </message>
    <message>
        <source>Horizontal ruler</source>
        <translation>水平标尺</translation>
    </message>
    <message>
        <source>Vertical ruler</source>
        <translation>垂直标尺</translation>
    </message>
</context>
<context>
    <name>Runner</name>
    <message>
        <source>The model ended without a result; please try again.</source>
        <translation>模型没有给出结果就结束了；请重试。</translation>
    </message>
    <message>
        <source>The model failed ({error}); try again or choose another model.</source>
        <translation>模型失败（{error}）；请重试或选择其他模型。</translation>
    </message>
</context>
<context>
    <name>Schema</name>
    <message>
        <source>&apos;{name}&apos; is damaged and cannot be opened; use an older copy of it.</source>
        <translation>“{name}”已损坏，无法打开；请使用较旧的副本。</translation>
    </message>
    <message>
        <source>&apos;{name}&apos; is not a Glide Studio project; choose a .glide file.</source>
        <translation>“{name}”不是 Glide Studio 项目；请选择 .glide 文件。</translation>
    </message>
    <message>
        <source>&apos;{name}&apos; was altered by another program and is not safe to open; use a copy saved by Glide Studio.</source>
        <translation>“{name}”被其他程序改动，打开它不安全；请使用由 Glide Studio 保存的副本。</translation>
    </message>
    <message>
        <source>&apos;{name}&apos; was saved by a newer Glide Studio; install the newest version to open it.</source>
        <translation>“{name}”由较新的 Glide Studio 保存；请安装最新版本来打开它。</translation>
    </message>
</context>
<context>
    <name>SelectionActions</name>
    <message>
        <source>&apos;{name}&apos; is locked; unlock it first.</source>
        <translation>“{name}”已锁定；请先解锁。</translation>
    </message>
    <message>
        <source>Brush mask</source>
        <translation>画笔蒙版</translation>
    </message>
    <message>
        <source>Clear mask</source>
        <translation>清除蒙版</translation>
    </message>
    <message>
        <source>Color range mask</source>
        <translation>色彩范围蒙版</translation>
    </message>
    <message>
        <source>Delete saved mask</source>
        <translation>删除保存的蒙版</translation>
    </message>
    <message>
        <source>Ellipse mask</source>
        <translation>椭圆蒙版</translation>
    </message>
    <message>
        <source>Erase mask</source>
        <translation>擦除蒙版</translation>
    </message>
    <message>
        <source>Feather mask by {pixels} px</source>
        <translation>羽化蒙版 {pixels} px</translation>
    </message>
    <message>
        <source>Fill holes in mask</source>
        <translation>填充蒙版中的空洞</translation>
    </message>
    <message>
        <source>Give the mask a name.</source>
        <translation>请为蒙版命名。</translation>
    </message>
    <message>
        <source>Grow mask by {pixels} px</source>
        <translation>扩展蒙版 {pixels} px</translation>
    </message>
    <message>
        <source>Invert mask</source>
        <translation>反相蒙版</translation>
    </message>
    <message>
        <source>Lasso mask</source>
        <translation>套索蒙版</translation>
    </message>
    <message>
        <source>Load mask</source>
        <translation>载入蒙版</translation>
    </message>
    <message>
        <source>Magic wand mask</source>
        <translation>魔棒蒙版</translation>
    </message>
    <message>
        <source>Polygon mask</source>
        <translation>多边形蒙版</translation>
    </message>
    <message>
        <source>Rectangle mask</source>
        <translation>矩形蒙版</translation>
    </message>
    <message>
        <source>Save mask</source>
        <translation>保存蒙版</translation>
    </message>
    <message>
        <source>Select all</source>
        <translation>全选</translation>
    </message>
    <message>
        <source>Shrink mask by {pixels} px</source>
        <translation>收缩蒙版 {pixels} px</translation>
    </message>
    <message>
        <source>Smooth mask by {pixels} px</source>
        <translation>平滑蒙版 {pixels} px</translation>
    </message>
    <message>
        <source>The layer is hidden here already; the brush on its mask shows it.</source>
        <translation>此处的图层已经隐藏；在其蒙版上用画笔可显示它。</translation>
    </message>
    <message>
        <source>The layer is shown here already; the eraser on its mask hides it.</source>
        <translation>此处的图层已经显示；在其蒙版上用橡皮擦可隐藏它。</translation>
    </message>
    <message>
        <source>The mask is {size} pixels and the picture {picture}; choose a mask of the picture&apos;s size.</source>
        <translation>蒙版为 {size} 像素，图像为 {picture}；请选择与图像大小相同的蒙版。</translation>
    </message>
    <message>
        <source>There is no saved mask &apos;{name}&apos;.</source>
        <translation>没有保存的蒙版“{name}”。</translation>
    </message>
</context>
<context>
    <name>Shortcuts</name>
    <message>
        <source>no key</source>
        <translation>无按键</translation>
    </message>
</context>
<context>
    <name>SizeDialog</name>
    <message>
        <source>Aspect ratio</source>
        <translation>长宽比</translation>
    </message>
    <message>
        <source>Bottom</source>
        <translation>下</translation>
    </message>
    <message>
        <source>Canvas size</source>
        <translation>画布大小</translation>
    </message>
    <message>
        <source>Extend</source>
        <translation>扩展</translation>
    </message>
    <message>
        <source>Extend canvas</source>
        <translation>扩展画布</translation>
    </message>
    <message>
        <source>Free</source>
        <translation>自由</translation>
    </message>
    <message>
        <source>Height</source>
        <translation>高度</translation>
    </message>
    <message>
        <source>Image at the {place}</source>
        <translation>图像位于{place}</translation>
    </message>
    <message>
        <source>Image stays</source>
        <translation>图像位置</translation>
    </message>
    <message>
        <source>Keep the proportions</source>
        <translation>保持长宽比例</translation>
    </message>
    <message>
        <source>Left</source>
        <translation>左</translation>
    </message>
    <message>
        <source>Now {width} × {height} pixels; 50% is half of that</source>
        <translation>目前 {width} × {height} 像素；50% 即其一半</translation>
    </message>
    <message>
        <source>Pixels to add, bottom</source>
        <translation>要在下方添加的像素</translation>
    </message>
    <message>
        <source>Pixels to add, left</source>
        <translation>要在左侧添加的像素</translation>
    </message>
    <message>
        <source>Pixels to add, right</source>
        <translation>要在右侧添加的像素</translation>
    </message>
    <message>
        <source>Pixels to add, top</source>
        <translation>要在上方添加的像素</translation>
    </message>
    <message>
        <source>Resize canvas</source>
        <translation>调整画布大小</translation>
    </message>
    <message>
        <source>Right</source>
        <translation>右</translation>
    </message>
    <message>
        <source>Scale</source>
        <translation>缩放</translation>
    </message>
    <message>
        <source>Scale image</source>
        <translation>缩放图像</translation>
    </message>
    <message>
        <source>Square 1:1</source>
        <translation>方形 1:1</translation>
    </message>
    <message>
        <source>The image stays at the {place}</source>
        <translation>图像保持在{place}</translation>
    </message>
    <message>
        <source>Top</source>
        <translation>上</translation>
    </message>
    <message>
        <source>Width</source>
        <translation>宽度</translation>
    </message>
    <message>
        <source>bottom center</source>
        <translation>中下</translation>
    </message>
    <message>
        <source>bottom left</source>
        <translation>左下</translation>
    </message>
    <message>
        <source>bottom right</source>
        <translation>右下</translation>
    </message>
    <message>
        <source>middle center</source>
        <translation>正中</translation>
    </message>
    <message>
        <source>middle left</source>
        <translation>左中</translation>
    </message>
    <message>
        <source>middle right</source>
        <translation>右中</translation>
    </message>
    <message>
        <source>top center</source>
        <translation>中上</translation>
    </message>
    <message>
        <source>top left</source>
        <translation>左上</translation>
    </message>
    <message>
        <source>top right</source>
        <translation>右上</translation>
    </message>
    <message>
        <source>{size} → {width} × {height} pixels</source>
        <translation>{size} → {width} × {height} 像素</translation>
    </message>
    <message>
        <source>{size} → {width} × {height} pixels, about {time}</source>
        <translation>{size} → {width} × {height} 像素，约 {time}</translation>
    </message>
</context>
<context>
    <name>Stages</name>
    <message>
        <source>Adding detail</source>
        <translation>正在添加细节</translation>
    </message>
    <message>
        <source>Drafting</source>
        <translation>正在起草</translation>
    </message>
    <message>
        <source>Enlarging</source>
        <translation>正在放大</translation>
    </message>
    <message>
        <source>Looking</source>
        <translation>正在查找</translation>
    </message>
    <message>
        <source>Refining</source>
        <translation>正在细化</translation>
    </message>
</context>
<context>
    <name>State</name>
    <message>
        <source>No picture is open; open a photo first.</source>
        <translation>没有打开的图像；请先打开一张照片。</translation>
    </message>
</context>
<context>
    <name>StatusBar</name>
    <message>
        <source>Check of the pixels outside the mask</source>
        <translation>蒙版之外像素的检查</translation>
    </message>
    <message>
        <source>Fit the picture in the window  (Ctrl+0)</source>
        <translation>使图像适合窗口  (Ctrl+0)</translation>
    </message>
    <message>
        <source>Hold to see the picture as it was opened  (hold \)</source>
        <translation>按住查看打开时的图像  (按住 \)</translation>
    </message>
    <message>
        <source>Progress of the retouching</source>
        <translation>修饰的进度</translation>
    </message>
    <message>
        <source>Rotation of the view</source>
        <translation>视图旋转角度</translation>
    </message>
    <message>
        <source>Status</source>
        <translation>状态</translation>
    </message>
    <message>
        <source>Stop  (Esc)</source>
        <translation>停止  (Esc)</translation>
    </message>
    <message>
        <source>Turn the view upright  (5)</source>
        <translation>摆正视图  (5)</translation>
    </message>
    <message>
        <source>Zoom</source>
        <translation>缩放</translation>
    </message>
    <message>
        <source>{compared} pixels compared with the photo before the fill</source>
        <translation>与填充之前的照片比较了 {compared} 个像素</translation>
    </message>
    <message>
        <source>{depth} bit</source>
        <translation>{depth} 位</translation>
    </message>
    <message>
        <source>✓  Nothing outside the mask changed</source>
        <translation>✓  蒙版之外没有变化</translation>
    </message>
    <message>
        <source>✓  Nothing outside the mask changed but {shaded} pixels in the shadow</source>
        <translation>✓  蒙版之外没有变化，只有阴影中的 {shaded} 个像素</translation>
    </message>
    <message>
        <source>✓  Only the mask changed, and {rim} pixels of its soft edge or shadow</source>
        <translation>✓  只改变了蒙版，以及其柔和边缘或阴影的 {rim} 个像素</translation>
    </message>
    <message>
        <source>✓  Rest unchanged</source>
        <translation>✓  其余未变</translation>
    </message>
    <message>
        <source>✕  {changed} pixels outside the mask changed</source>
        <translation>✕  蒙版之外有 {changed} 个像素发生变化</translation>
    </message>
</context>
<context>
    <name>StoreFiles</name>
    <message>
        <source>&apos;{name}&apos; is open in another window; go on there or close it.</source>
        <translation>“{name}”已在另一个窗口中打开；请在那里继续，或将其关闭。</translation>
    </message>
    <message>
        <source>&apos;{name}&apos; is open on the computer {host}; go on there or close it.</source>
        <translation>“{name}”已在计算机 {host} 上打开；请在那里继续，或将其关闭。</translation>
    </message>
    <message>
        <source>The folder for open documents cannot be written to ({strerror}); set {variable} to another one.</source>
        <translation>无法写入打开文档的文件夹（{strerror}）；请将 {variable} 设为其他文件夹。</translation>
    </message>
</context>
<context>
    <name>StudioWindow</name>
    <message>
        <source>%n works were recovered, each in a tab of its own.</source>
        <translation>已恢复 %n 个作品，各在自己的标签页中。</translation>
    </message>
    <message>
        <source>New tab</source>
        <translation>新建标签页</translation>
    </message>
    <message>
        <source>Next tab</source>
        <translation>下一个标签页</translation>
    </message>
    <message>
        <source>Open documents</source>
        <translation>打开的文档</translation>
    </message>
    <message>
        <source>Previous tab</source>
        <translation>上一个标签页</translation>
    </message>
    <message>
        <source>Results are ready</source>
        <translation>结果已就绪</translation>
    </message>
    <message>
        <source>The results for {fill} are ready.</source>
        <translation>{fill} 的结果已就绪。</translation>
    </message>
    <message>
        <source>There is unsaved work from the last time.</source>
        <translation>上次有未保存的工作。</translation>
    </message>
    <message>
        <source>{name} (recovered)</source>
        <translation>{name}（已恢复）</translation>
    </message>
    <message>
        <source>{name}: results are ready</source>
        <translation>{name}：结果已就绪</translation>
    </message>
    <message>
        <source>{name}: something is being made</source>
        <translation>{name}：正在处理</translation>
    </message>
</context>
<context>
    <name>TeachDialog</name>
    <message>
        <source>About {minutes} minutes, in the background; you can go on working, or close the program.</source>
        <translation>约 {minutes} 分钟，在后台进行；您可以继续工作，也可以关闭程序。</translation>
    </message>
    <message>
        <source>Add it to the models under this name</source>
        <translation>以此名称添加到模型</translation>
    </message>
    <message>
        <source>Add pictures</source>
        <translation>添加图片</translation>
    </message>
    <message>
        <source>Add pictures…</source>
        <translation>添加图片…</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Cutting it out…</source>
        <translation>正在抠图…</translation>
    </message>
    <message>
        <source>Delete what was learnt about “{noun}”?</source>
        <translation>要删除已学到的关于“{noun}”的内容吗？</translation>
    </message>
    <message>
        <source>Discard</source>
        <translation>放弃</translation>
    </message>
    <message>
        <source>Discard…</source>
        <translation>放弃…</translation>
    </message>
    <message>
        <source>Draw a box around the object. {have} of {pictures} are cut out.</source>
        <translation>请围绕物体画一个框。{pictures} 张中已有 {have} 张抠图。</translation>
    </message>
    <message>
        <source>Drawing pictures of what the model knows, so that it forgets nothing…</source>
        <translation>正在绘制模型已认识的内容，以免它遗忘…</translation>
    </message>
    <message>
        <source>Drop {count} or more pictures of one thing here</source>
        <translation>将同一物体的 {count} 张或更多图片拖放到这里</translation>
    </message>
    <message>
        <source>For example five photos of your teapot, from several sides.</source>
        <translation>例如茶壶的五张照片，从不同角度拍摄。</translation>
    </message>
    <message>
        <source>Go on</source>
        <translation>继续</translation>
    </message>
    <message>
        <source>How long</source>
        <translation>时长</translation>
    </message>
    <message>
        <source>It ended: {message}</source>
        <translation>它结束了：{message}</translation>
    </message>
    <message>
        <source>It goes on, also when the program is closed</source>
        <translation>它会继续，即使程序已关闭</translation>
    </message>
    <message>
        <source>It is done. Keep it as a model, or discard it.</source>
        <translation>已完成。请将其保留为模型，或放弃。</translation>
    </message>
    <message>
        <source>Keep</source>
        <translation>保留</translation>
    </message>
    <message>
        <source>Learning: step {step}, about %n minute(s) left.</source>
        <translation>正在学习：第 {step} 步，大约还需 %n 分钟。</translation>
    </message>
    <message>
        <source>Longer is better, up to an hour or so; it can be paused</source>
        <translation>时间越长越好，大约到一小时为止；可以暂停</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>Name of the model</source>
        <translation>模型名称</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>暂停</translation>
    </message>
    <message>
        <source>Paused. What was learnt so far is saved.</source>
        <translation>已暂停。到目前为止学到的内容已保存。</translation>
    </message>
    <message>
        <source>Pictures</source>
        <translation>图片</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>进度</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>移除</translation>
    </message>
    <message>
        <source>Samples so far</source>
        <translation>目前的样图</translation>
    </message>
    <message>
        <source>Saving…</source>
        <translation>正在保存…</translation>
    </message>
    <message>
        <source>Stop, and delete what was learnt</source>
        <translation>停止，并删除已学到的内容</translation>
    </message>
    <message>
        <source>Take this picture out of the list</source>
        <translation>将此图片移出列表</translation>
    </message>
    <message>
        <source>Teach</source>
        <translation>开始教学</translation>
    </message>
    <message>
        <source>Teach it your pictures</source>
        <translation>教它认识您的图片</translation>
    </message>
    <message>
        <source>The first samples appear after a fifth of the time.</source>
        <translation>第一批样图会在五分之一的时间后出现。</translation>
    </message>
    <message>
        <source>The picture; drag a box around the object</source>
        <translation>图片；请围绕物体拖出一个框</translation>
    </message>
    <message>
        <source>The pictures themselves stay where they are.</source>
        <translation>图片本身会留在原处。</translation>
    </message>
    <message>
        <source>Then draw a box around it in each, and name it. Click to choose files.</source>
        <translation>然后在每张图片中用方框圈出它，并填写名称。点击可选择文件。</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>时间</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>重试</translation>
    </message>
    <message>
        <source>What came of it</source>
        <translation>操作的结果</translation>
    </message>
    <message>
        <source>What they show</source>
        <translation>图片内容</translation>
    </message>
    <message>
        <source>What they show, for example: teapot</source>
        <translation>图片显示的内容，用英语输入，例如：teapot</translation>
    </message>
    <message>
        <source>cut out</source>
        <translation>已抠图</translation>
    </message>
    <message>
        <source>draw a box</source>
        <translation>请画框</translation>
    </message>
    <message>
        <source>{have} are cut out; {min_pictures} or more are needed.</source>
        <translation>已有 {have} 张抠图；至少需要 {min_pictures} 张。</translation>
    </message>
    <message>
        <source>{minutes} minutes</source>
        <translation>{minutes} 分钟</translation>
    </message>
</context>
<context>
    <name>Teaching</name>
    <message>
        <source>Cut out {min_pictures} pictures or more; variety helps.</source>
        <translation>请抠出 {min_pictures} 张或更多图片；多样化会有帮助。</translation>
    </message>
    <message>
        <source>Draw a box around the object in {name}.</source>
        <translation>请在 {name} 中围绕物体画一个框。</translation>
    </message>
    <message>
        <source>Nothing is left of the picture; draw the box again.</source>
        <translation>图片中没有剩下任何内容；请重新画框。</translation>
    </message>
    <message>
        <source>Something is being taught already; keep or discard it first.</source>
        <translation>已有教学正在进行；请先保留或放弃它。</translation>
    </message>
    <message>
        <source>Teaching cannot begin ({strerror}); try again.</source>
        <translation>无法开始教学（{strerror}）；请重试。</translation>
    </message>
    <message>
        <source>The pictures cannot be written ({strerror}); make room on the disk.</source>
        <translation>无法写入图片（{strerror}）；请腾出磁盘空间。</translation>
    </message>
    <message>
        <source>The teaching is not done yet; wait for it, or discard it.</source>
        <translation>教学尚未完成；请等待，或放弃它。</translation>
    </message>
</context>
<context>
    <name>Theme</name>
    <message>
        <source>Amber</source>
        <translation>琥珀色</translation>
    </message>
    <message>
        <source>Blue</source>
        <translation>蓝色</translation>
    </message>
    <message>
        <source>Green</source>
        <translation>绿色</translation>
    </message>
    <message>
        <source>Rose</source>
        <translation>玫瑰色</translation>
    </message>
    <message>
        <source>Teal</source>
        <translation>蓝绿色</translation>
    </message>
    <message>
        <source>Violet</source>
        <translation>紫色</translation>
    </message>
</context>
<context>
    <name>TiffRead</name>
    <message>
        <source>%n pixel(s) are brighter than white and were cut.</source>
        <translation>%n 个像素比白色更亮，已被截断。</translation>
    </message>
    <message>
        <source>%n pixel(s) have no value and were made black.</source>
        <translation>%n 个像素没有数值，已变为黑色。</translation>
    </message>
</context>
<context>
    <name>ToolStrip</name>
    <message>
        <source>Alt-click a source, then paint a copy</source>
        <translation>按住 Alt 单击取样源，然后涂抹以复制</translation>
    </message>
    <message>
        <source>Alt-click a source, then paint; the tone stays</source>
        <translation>按住 Alt 单击取样源，然后涂抹；色调不变</translation>
    </message>
    <message>
        <source>Brush</source>
        <translation>画笔</translation>
    </message>
    <message>
        <source>Bucket</source>
        <translation>油漆桶</translation>
    </message>
    <message>
        <source>Clear mask</source>
        <translation>清除蒙版</translation>
    </message>
    <message>
        <source>Clone stamp</source>
        <translation>仿制图章</translation>
    </message>
    <message>
        <source>Color picker</source>
        <translation>吸管</translation>
    </message>
    <message>
        <source>Color range</source>
        <translation>色彩范围</translation>
    </message>
    <message>
        <source>Crop</source>
        <translation>裁剪</translation>
    </message>
    <message>
        <source>Ellipse</source>
        <translation>椭圆</translation>
    </message>
    <message>
        <source>Erase pixels</source>
        <translation>擦除像素</translation>
    </message>
    <message>
        <source>Eraser</source>
        <translation>橡皮擦</translation>
    </message>
    <message>
        <source>Extend canvas</source>
        <translation>扩展画布</translation>
    </message>
    <message>
        <source>Gradient</source>
        <translation>渐变</translation>
    </message>
    <message>
        <source>Hand</source>
        <translation>抓手</translation>
    </message>
    <message>
        <source>Heal</source>
        <translation>修复</translation>
    </message>
    <message>
        <source>Invert mask</source>
        <translation>反相蒙版</translation>
    </message>
    <message>
        <source>Lasso</source>
        <translation>套索</translation>
    </message>
    <message>
        <source>Magic wand</source>
        <translation>魔棒</translation>
    </message>
    <message>
        <source>Mask of &apos;{name}&apos;: paint to hide; Alt shows</source>
        <translation>“{name}”的蒙版：涂抹以隐藏；Alt 显示</translation>
    </message>
    <message>
        <source>Mask of &apos;{name}&apos;: paint to show; Alt hides</source>
        <translation>“{name}”的蒙版：涂抹以显示；Alt 隐藏</translation>
    </message>
    <message>
        <source>Move and transform</source>
        <translation>移动和变换</translation>
    </message>
    <message>
        <source>Object select</source>
        <translation>对象选择</translation>
    </message>
    <message>
        <source>Paint</source>
        <translation>绘画</translation>
    </message>
    <message>
        <source>Polygon</source>
        <translation>多边形</translation>
    </message>
    <message>
        <source>Rectangle</source>
        <translation>矩形</translation>
    </message>
    <message>
        <source>Redo</source>
        <translation>重做</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>移除</translation>
    </message>
    <message>
        <source>Shape</source>
        <translation>形状</translation>
    </message>
    <message>
        <source>Tools</source>
        <translation>工具</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>撤销</translation>
    </message>
    <message>
        <source>click the corners; Enter closes it</source>
        <translation>单击各个角；Enter 闭合</translation>
    </message>
    <message>
        <source>drag across an area; Alt subtracts it</source>
        <translation>拖过一个区域；Alt 减去</translation>
    </message>
    <message>
        <source>drag around an object; Alt subtracts</source>
        <translation>围绕物体拖动；Alt 减去</translation>
    </message>
    <message>
        <source>drag from one point to another</source>
        <translation>从一点拖到另一点</translation>
    </message>
    <message>
        <source>drag the edges outward, then Enter</source>
        <translation>向外拖动边缘，然后按 Enter</translation>
    </message>
    <message>
        <source>drag to move the view; or hold Space</source>
        <translation>拖动以移动视图；或按住空格键</translation>
    </message>
    <message>
        <source>drag, Enter; outside turns; Ctrl levels a line</source>
        <translation>拖动后按 Enter；框外旋转；Ctrl 拉平</translation>
    </message>
    <message>
        <source>drag, then Enter; outside turns; Ctrl bends</source>
        <translation>拖动后按 Enter；外侧拖动旋转；Ctrl 变形</translation>
    </message>
    <message>
        <source>draw a rectangle, an ellipse or a line</source>
        <translation>绘制矩形、椭圆或直线</translation>
    </message>
    <message>
        <source>draw around an area; Alt subtracts it</source>
        <translation>围绕区域绘制；Alt 减去</translation>
    </message>
    <message>
        <source>erase the layer; Alt paints</source>
        <translation>擦除图层；Alt 绘画</translation>
    </message>
    <message>
        <source>erase the mask; Alt paints</source>
        <translation>擦除蒙版；Alt 涂抹</translation>
    </message>
    <message>
        <source>fill similar colors around, or the mask</source>
        <translation>填充周围的相似颜色，或蒙版区域</translation>
    </message>
    <message>
        <source>paint on the layer; Alt erases</source>
        <translation>在图层上绘画；Alt 擦除</translation>
    </message>
    <message>
        <source>paint on the object; with Alt beside it</source>
        <translation>在物体上涂画；旁边按住 Alt 涂画</translation>
    </message>
    <message>
        <source>paint over something, and it is gone</source>
        <translation>涂抹某物，它就会消失</translation>
    </message>
    <message>
        <source>paint the mask; Alt erases</source>
        <translation>涂抹蒙版；Alt 擦除</translation>
    </message>
    <message>
        <source>select a color everywhere; Alt subtracts</source>
        <translation>选择图像各处的某种颜色；Alt 减去</translation>
    </message>
    <message>
        <source>select similar colors; Alt subtracts</source>
        <translation>选择附近的相似颜色；Alt 减去</translation>
    </message>
    <message>
        <source>take a color; Alt takes the second one</source>
        <translation>取色；Alt 取第二颜色</translation>
    </message>
</context>
<context>
    <name>TransformActions</name>
    <message>
        <source>&apos;{name}&apos; is empty; there is nothing to move.</source>
        <translation>“{name}”为空；没有可移动的内容。</translation>
    </message>
    <message>
        <source>&apos;{name}&apos; is locked; unlock it first.</source>
        <translation>“{name}”已锁定；请先解锁。</translation>
    </message>
    <message>
        <source>Choose a layer to move first.</source>
        <translation>请先选择要移动的图层。</translation>
    </message>
    <message>
        <source>Crop</source>
        <translation>裁剪</translation>
    </message>
    <message>
        <source>Crop and straighten</source>
        <translation>裁剪并拉直</translation>
    </message>
    <message>
        <source>Straighten</source>
        <translation>拉直</translation>
    </message>
    <message>
        <source>The layer has changed in the meantime; move it again.</source>
        <translation>图层在此期间已更改；请重新移动。</translation>
    </message>
    <message>
        <source>The picture has changed in the meantime; crop it again.</source>
        <translation>图像在此期间已更改；请重新裁剪。</translation>
    </message>
    <message>
        <source>Transform layer</source>
        <translation>变换图层</translation>
    </message>
    <message>
        <source>Transform layers</source>
        <translation>变换多个图层</translation>
    </message>
</context>
<context>
    <name>UnknownWords</name>
    <message>
        <source>This model does not know &apos;{prompt}&apos;; Models lists the {count} things that it knows.</source>
        <translation>此模型不认识“{prompt}”；它认识的 {count} 种物体列在“模型”中。</translation>
    </message>
    <message>
        <source>This model does not know &apos;{prompt}&apos;; it knows {nouns}.</source>
        <translation>此模型不认识“{prompt}”；它认识 {nouns}。</translation>
    </message>
    <message>
        <source>This model does not know &apos;{prompt}&apos;; of that kind it knows {nouns}.</source>
        <translation>此模型不认识“{prompt}”；同类中它认识 {nouns}。</translation>
    </message>
    <message>
        <source>This model knows English words alone; write &apos;{prompt}&apos; in English.</source>
        <translation>此模型只认识英文单词；请用英文书写“{prompt}”。</translation>
    </message>
</context>
<context>
    <name>UpscaleActions</name>
    <message>
        <source>Enlarge {scale}×</source>
        <translation>放大 {scale} 倍</translation>
    </message>
    <message>
        <source>That needs more memory than is free; enlarge a smaller picture or use Lanczos.</source>
        <translation>这需要的内存超出可用内存；请放大较小的图像或使用 Lanczos。</translation>
    </message>
    <message>
        <source>The picture is being enlarged already; wait, or stop that first.</source>
        <translation>图像已在放大；请等待，或先停止。</translation>
    </message>
    <message>
        <source>The picture was changed meanwhile; enlarge it again.</source>
        <translation>图像在此期间已更改；请重新放大。</translation>
    </message>
</context>
<context>
    <name>UpscaleDialog</name>
    <message>
        <source>By Lanczos: fast, and adds nothing</source>
        <translation>使用 Lanczos：速度快，不添加内容</translation>
    </message>
    <message>
        <source>Click or drag to preview another place; arrow keys move it</source>
        <translation>单击或拖动可预览其他位置；也可用方向键移动</translation>
    </message>
    <message>
        <source>Distance to the original in features that a network sees, 0 if equal: {model} by the model, {lanczos} by interpolation</source>
        <translation>以网络所见特征衡量的与原图的距离，相同为 0：模型 {model}，插值 {lanczos}</translation>
    </message>
    <message>
        <source>Draw new fine detail with the chosen model, in tiles</source>
        <translation>用所选模型分块绘制新的精细细节</translation>
    </message>
    <message>
        <source>Enlarge the picture {scale} times</source>
        <translation>将图像放大 {scale} 倍</translation>
    </message>
    <message>
        <source>Enlarging a part of it…</source>
        <translation>正在放大其中一部分…</translation>
    </message>
    <message>
        <source>How well this model enlarges photographs was not measured; compare the previews.</source>
        <translation>尚未测量此模型放大照片的效果；请比较预览。</translation>
    </message>
    <message>
        <source>Interpolation</source>
        <translation>插值</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>On photographs that were made smaller and enlarged again, interpolation came nearer to the original.</source>
        <translation>对缩小后再放大的照片，插值的结果更接近原图。</translation>
    </message>
    <message>
        <source>On photographs that were made smaller and enlarged again, the model came nearer to the original.</source>
        <translation>对缩小后再放大的照片，模型的结果更接近原图。</translation>
    </message>
    <message>
        <source>Place</source>
        <translation>位置</translation>
    </message>
    <message>
        <source>Place of the preview</source>
        <translation>预览的位置</translation>
    </message>
    <message>
        <source>Preview: {method}</source>
        <translation>预览：{method}</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>进度</translation>
    </message>
    <message>
        <source>Upscale</source>
        <translation>提高分辨率</translation>
    </message>
    <message>
        <source>{scale} times</source>
        <translation>{scale} 倍</translation>
    </message>
    <message>
        <source>{scale}×   {width} × {height} pixels</source>
        <translation>{scale} 倍   {width} × {height} 像素</translation>
    </message>
</context>
<context>
    <name>Welcome</name>
    <message>
        <source>%n more once these are recovered or deleted</source>
        <translation>还有 %n 个，恢复或删除这些之后显示</translation>
    </message>
    <message>
        <source>Choose a photo or a project  (Ctrl+O)</source>
        <translation>选择照片或项目  (Ctrl+O)</translation>
    </message>
    <message>
        <source>Delete the unsaved work on {title}</source>
        <translation>删除“{title}”的未保存工作</translation>
    </message>
    <message>
        <source>Open a bundled photo, with three hints for the first fill</source>
        <translation>打开随附的照片，附有三条首次填充的提示</translation>
    </message>
    <message>
        <source>Open a photo to begin</source>
        <translation>打开一张照片开始</translation>
    </message>
    <message>
        <source>Open each in a tab of its own</source>
        <translation>每个都在单独的标签页中打开</translation>
    </message>
    <message>
        <source>Open it as it was</source>
        <translation>按原样打开</translation>
    </message>
    <message>
        <source>Open photo</source>
        <translation>打开照片</translation>
    </message>
    <message>
        <source>Open photo…</source>
        <translation>打开照片…</translation>
    </message>
    <message>
        <source>Open {name}</source>
        <translation>打开 {name}</translation>
    </message>
    <message>
        <source>RECENT</source>
        <translation>最近打开</translation>
    </message>
    <message>
        <source>Recover</source>
        <translation>恢复</translation>
    </message>
    <message>
        <source>Recover all</source>
        <translation>全部恢复</translation>
    </message>
    <message>
        <source>Recover {title}</source>
        <translation>恢复 {title}</translation>
    </message>
    <message>
        <source>Try it on a sample photo</source>
        <translation>用示例照片试试</translation>
    </message>
    <message>
        <source>UNSAVED WORK</source>
        <translation>未保存的工作</translation>
    </message>
    <message>
        <source>Undo deleting the unsaved work on {deleted}</source>
        <translation>撤销删除“{deleted}”的未保存工作</translation>
    </message>
    <message>
        <source>or drop one here. Paint over what should change, then describe what should be there.</source>
        <translation>或将照片拖放到这里。涂抹要更改的部分，然后描述那里应该有什么。</translation>
    </message>
</context>
<context>
    <name>Widgets</name>
    <message>
        <source>Click to type a number</source>
        <translation>单击以输入数字</translation>
    </message>
    <message>
        <source>dd MMM, HH:mm</source>
        <comment>day and time, in letters of QDateTime</comment>
        <translation>M月d日 HH:mm</translation>
    </message>
    <message>
        <source>{minutes} min</source>
        <translation>{minutes} 分钟</translation>
    </message>
    <message>
        <source>{seconds} s</source>
        <translation>{seconds} 秒</translation>
    </message>
</context>
<context>
    <name>Window</name>
    <message>
        <source>Another tab is at work: {work}. Go there to stop it.</source>
        <translation>另一个标签页正在工作：{work}。要停止它，请转到那里。</translation>
    </message>
    <message>
        <source>Glide Studio</source>
        <translation>Glide Studio</translation>
    </message>
    <message>
        <source>Nothing is being made.</source>
        <translation>当前没有任何任务。</translation>
    </message>
    <message>
        <source>{name}[*] – Glide Studio</source>
        <translation>{name}[*] – Glide Studio</translation>
    </message>
</context>
<context>
    <name>WordActions</name>
    <message>
        <source>Bring back what was removed</source>
        <translation>恢复被移除的内容</translation>
    </message>
    <message>
        <source>Cancelled.</source>
        <translation>已取消。</translation>
    </message>
    <message>
        <source>Mask: {prompt}</source>
        <translation>蒙版：{prompt}</translation>
    </message>
    <message>
        <source>Nothing is selected any more; say again what is to be replaced.</source>
        <translation>已没有选中的内容；请重新输入要替换的内容。</translation>
    </message>
    <message>
        <source>Nothing like &apos;{prompt}&apos; was found in the picture.</source>
        <translation>图片中没有找到与“{prompt}”相似的内容。</translation>
    </message>
    <message>
        <source>Place for {new}</source>
        <translation>{new} 的位置</translation>
    </message>
    <message>
        <source>Put a box around it (the Object select tool).</source>
        <translation>请用“对象选择”工具框选它。</translation>
    </message>
    <message>
        <source>Select it with a box (the Object select tool), then press Replace again.</source>
        <translation>请用“对象选择”工具框选它，然后再次点击“替换”。</translation>
    </message>
    <message>
        <source>The picture has another size now; say again what should be selected.</source>
        <translation>图像的大小已更改；请重新输入要选择的内容。</translation>
    </message>
    <message>
        <source>There is nothing to replace; say what by what first.</source>
        <translation>没有要替换的内容；请先输入用什么替换什么。</translation>
    </message>
    <message>
        <source>Type what should be selected, for example: the apple.</source>
        <translation>请用英语输入要选择的内容，例如：the apple。</translation>
    </message>
</context>
<context>
    <name>Workers</name>
    <message>
        <source>That did not work ({error}); please report this.</source>
        <translation>操作失败（{error}）；请报告此问题。</translation>
    </message>
</context>
<context>
    <name>WorkingStore</name>
    <message>
        <source>&apos;{name}&apos; was changed by another program since it was opened here; save under another name to keep both.</source>
        <translation>“{name}”在此处打开之后已被其他程序更改；请另存为其他名称以保留两者。</translation>
    </message>
    <message>
        <source>&apos;{name}&apos; was not saved</source>
        <translation>“{name}”未保存</translation>
    </message>
    <message>
        <source>&apos;{name}&apos; was not saved because the written file is not whole, and the old file was kept; save to another disk.</source>
        <translation>“{name}”未保存，因为写入的文件不完整，旧文件已保留；请保存到其他磁盘。</translation>
    </message>
    <message>
        <source>The last edit is not stored</source>
        <translation>上一次编辑未存储</translation>
    </message>
    <message>
        <source>The store of the open document was removed or damaged by another program and cannot be written again ({error}); save the document as PSD or OpenRaster now.</source>
        <translation>打开文档的存储被其他程序移除或损坏，且无法重新写入（{error}）；请立即将文档保存为 PSD 或 OpenRaster。</translation>
    </message>
    <message>
        <source>{what} because the disk is full; free some space and try again.</source>
        <translation>{what}，因为磁盘已满；请释放一些空间后重试。</translation>
    </message>
    <message>
        <source>{what} because the disk reports &apos;{error}&apos;; save to another place.</source>
        <translation>{what}，因为磁盘报告“{error}”；请保存到其他位置。</translation>
    </message>
</context>
<context>
    <name>Write</name>
    <message>
        <source> and </source>
        <translation> 和 </translation>
    </message>
    <message>
        <source>A {form} has at most {side} pixels a side and this picture is {size}; export it as PNG or TIFF, or smaller.</source>
        <translation>{form} 每边最多 {side} 像素，而此图像为 {size}；请导出为 PNG 或 TIFF，或导出得更小。</translation>
    </message>
    <message>
        <source>BMP keeps no color profile, so colors will look different; convert to sRGB, or use PNG.</source>
        <translation>BMP 不保留颜色配置文件，因此颜色会不同；请转换为 sRGB，或使用 PNG。</translation>
    </message>
    <message>
        <source>BMP keeps no metadata but the resolution; PNG and TIFF keep it.</source>
        <translation>BMP 除分辨率外不保留元数据；PNG 和 TIFF 可保留。</translation>
    </message>
    <message>
        <source>IPTC captions and keywords</source>
        <translation>IPTC 说明和关键字</translation>
    </message>
    <message>
        <source>The metadata is too long for a JPEG; export without metadata or in another format.</source>
        <translation>元数据太长，JPEG 无法容纳；请不带元数据导出或使用其他格式。</translation>
    </message>
    <message>
        <source>The photo&apos;s own JPEG blocks were not kept, because {reason}; the whole picture was encoded at quality {quality}.</source>
        <translation>未保留照片原有的 JPEG 块，因为{reason}；整个图像以品质 {quality} 编码。</translation>
    </message>
    <message>
        <source>There is not enough memory to write &apos;{name}&apos;; export it smaller.</source>
        <translation>内存不足，无法写入“{name}”；请导出得更小。</translation>
    </message>
    <message>
        <source>the comment</source>
        <translation>注释</translation>
    </message>
    <message>
        <source>the text of the PNG</source>
        <translation>PNG 的文本信息</translation>
    </message>
    <message>
        <source>{form} can be opened but not written; export as AVIF or TIFF.</source>
        <translation>{form} 只能打开，不能写入；请导出为 AVIF 或 TIFF。</translation>
    </message>
    <message>
        <source>{form} has no place for {lost}; PNG keeps it.</source>
        <translation>{form} 无法容纳{lost}；PNG 可保留。</translation>
    </message>
    <message>
        <source>{form} has no place for {lost}; PNG keeps them.</source>
        <translation>{form} 无法容纳{lost}；PNG 可保留。</translation>
    </message>
    <message>
        <source>{name} has 8 bits a channel, so 16 were rounded; PNG and TIFF keep them.</source>
        <translation>{name} 为每通道 8 位，因此 16 位已舍入；PNG 和 TIFF 可保留。</translation>
    </message>
    <message>
        <source>{name} has no transparency, so a color was put behind; PNG keeps it.</source>
        <translation>{name} 没有透明度，因此在后面垫了一种颜色；PNG 可保留透明度。</translation>
    </message>
</context>
</TS>
